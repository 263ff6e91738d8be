"""Prints answers to questions about the documents themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from chatbot.cli.console import count, out
from chatbot.readers.installed import installed_formats
from chatbot.text.clean import one_line

if TYPE_CHECKING:
    from chatbot.answers import AboutDocuments, LinkedDocument

_HELP: Final = (
    "The chatbot finds the sentences in your documents that match a question best. For example: "
    'chatbot ask "What documents do you have?"'
)


def show_about(about: AboutDocuments) -> None:
    """Print the counts and a line for each document, or the key sentences of one."""
    if about.kind in {"greeting", "thanks", "help"}:
        out.print(Text(_HELP))
    elif about.kind == "summary":
        document = about.documents[0].document
        out.print(Text(f"Key sentences from {document.title}", style="bold"))
        for quote in about.sentences:
            place = f"{one_line(document.source)}, characters {quote.span.start}-{quote.span.end}"
            out.print(Text(f"[{quote.marker}] {quote.quote}"))
            out.print(Text(place, style="dim"))
    else:
        out.print(count(about.matching, "document"))
        for media_type, number in about.formats:
            out.print(Text(f"{installed_formats().name(media_type)}: {number:,}"))
        for row in about.documents:
            out.print(Text(_line(row)))


def _line(row: LinkedDocument) -> str:
    document = row.document
    details = (document.metadata.author, document.metadata.date, document.source)
    return f"{document.title} ({', '.join(one_line(text) for text in details if text)})"
