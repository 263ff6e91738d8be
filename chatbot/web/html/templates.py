"""The one Jinja environment of the pages. It escapes every value that isn't `Markup`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chatbot.addresses import document_address
from chatbot.readers.installed import installed_formats
from chatbot.web.html.marked_text import plain
from chatbot.web.html.page_reader import READER, Reader
from chatbot.web.html.page_texts import Words
from chatbot.web.html.struck_text import with_lines

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
    # Compiled once per process: templates change only with the code.
    auto_reload=False,
    cache_size=-1,
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


def _points(length: float) -> str:
    return f"{length:.2f}"


_ENVIRONMENT.filters |= {
    "kind": _kind,
    "by_text": _by_text,
    "encoded": _encoded,
    "parsed": datetime.fromisoformat,
    "points": _points,
    "plain": plain,
    "with_lines": with_lines,
    "source_path": partial(document_address, "source"),
}
_ENVIRONMENT.globals["reader"] = partial(READER.get, Reader())


def render(template: str, /, **values: Any) -> Markup:
    """A template filled with values, which are escaped unless they are `Markup`."""
    return Markup(_ENVIRONMENT.get_template(template).render(values))  # noqa: S704 - escaped there


def page(template: str, words: Words, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page from a template, in the reader's language."""
    return HTMLResponse(render(template, words=words, **values), status, HEADERS)
