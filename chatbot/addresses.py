"""The addresses of a document: its source page, a picture, the original file, its JSON."""

from __future__ import annotations

import re
from typing import Final, Literal
from urllib.parse import quote, urlencode

Route = Literal["source", "picture", "original", "api/v1/documents"]

_DOT_SEGMENTS: Final = frozenset({"", ".", ".."})
_UNSAFE: Final = re.compile(r"[%\x00-\x1f\x7f]")


def document_address(route: Route, doc_id: str, **parameters: str) -> str:
    """The path and query of a document; empty parameters are left out.

    The id is part of the path if that is safe; otherwise it's the query parameter `document`.
    """
    query = {name: value for name, value in parameters.items() if value}
    path = f"/{route}/{quote(doc_id)}"
    if not _stays_in_path(doc_id):
        path, query = f"/{route}/", {"document": doc_id, **query}
    return f"{path}?{urlencode(query)}" if query else path


def _stays_in_path(doc_id: str) -> bool:
    """Whether every client and proxy leaves this id as it is in a path.

    Browsers resolve the segments `.` and `..` even when their dots are percent-encoded (WHATWG
    URL, "double-dot URL path segment"), some proxies join `//`, and some clients decode a path
    twice. A route matches no line feed.
    """
    segments = doc_id.replace("\\", "/").split("/")
    return _DOT_SEGMENTS.isdisjoint(segments) and not _UNSAFE.search(doc_id)
