"""Pages that are made on the server and need no script; every word in them is escaped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chatbot.addresses import document_address
from chatbot.errors import KINDS, kind_of
from chatbot.web.html.page_texts import Words

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_KINDS: Final = {
    "text/markdown": "Markdown",
    "text/plain": "Plain text",
    "text/html": "HTML",
    "text/rtf": "RTF",
    "application/rtf": "RTF",
    "application/pdf": "PDF",
    "application/jsonl": "JSON lines",
    "application/x-ndjson": "JSON lines",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel",
}

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _kind(media_type: str) -> str:
    return _KINDS.get(media_type, media_type)


def _reason(reason: str, words: Words) -> str:
    """Why a file was skipped: in another language its kind, then the reason as it was found."""
    kind = kind_of(reason)
    told = words(f"skipped_{kind.replace(' ', '_')}") if kind in KINDS else reason
    return reason if told in reason else f"{told} ({reason})"


def _encoded(text: str) -> str:
    return quote(text, safe="")


_ENVIRONMENT.filters |= {
    "kind": _kind,
    "reason": _reason,
    "encoded": _encoded,
    "source_path": partial(document_address, "source"),
}


def page(template: str, words: Words, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from one of the templates, in the reader's language."""
    html = _ENVIRONMENT.get_template(template).render(values, words=words)
    return HTMLResponse(html, status, HEADERS)
