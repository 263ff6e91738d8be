"""Pages that are made on the server and need no script; every word in them is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chatbot.addresses import document_address
from chatbot.readers.installed import installed_formats
from chatbot.web.html.page_texts import Words

if TYPE_CHECKING:
    from chatbot.web.overview.coverage import SkippedFor

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _kind(media_type: str) -> str:
    return installed_formats().name(media_type)


def _by_text(skipped: Iterable[SkippedFor], words: Words) -> list[tuple[str, list[str]]]:
    """Skipped files by the text of their reason, the text with most files first.

    Details are in English, so only the English page shows them.
    """
    files: dict[str, list[str]] = {}
    for group in skipped:
        text = words(f"skipped_{group.kind}")
        if group.detail and words.language == "en":
            text = f"{text}: {group.detail}"
        files.setdefault(text, []).extend(group.files)
    return sorted(files.items(), key=lambda entry: -len(entry[1]))


def _encoded(text: str) -> str:
    return quote(text, safe="")


_ENVIRONMENT.filters |= {
    "kind": _kind,
    "by_text": _by_text,
    "encoded": _encoded,
    "source_path": partial(document_address, "source"),
}


def page(template: str, words: Words, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from one of the templates, in the reader's language."""
    html = _ENVIRONMENT.get_template(template).render(values, words=words)
    return HTMLResponse(html, status, HEADERS)
