"""The media type of a file, from its content, or from its suffix if the content doesn't decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Final

from chatbot.readers.detection.ole_contents import ole_type
from chatbot.readers.detection.signs import (
    At,
    Begins,
    Contains,
    TextBegins,
    TextLooksLike,
    XmlRoot,
)
from chatbot.readers.detection.xml_root import xml_root
from chatbot.readers.detection.zip_contents import zip_type
from chatbot.readers.formats import Formats
from chatbot.readers.media_types import OLE, TEXT, XML, ZIP

_HEAD_BYTES: Final = 4096
_SHORT_NAME: Final = 5
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"
# Containers of several formats, and the functions that distinguish them.
_INSIDE: Final[dict[str, Callable[[bytes, str, Formats], str | None]]] = {
    ZIP: zip_type,
    OLE: ole_type,
}


def media_type(name: str, data: bytes, formats: Formats) -> str:
    """The media type of a file; a text without any sign is `text/plain`."""
    head = data[:_HEAD_BYTES].lstrip(_BLANKS)
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if not suffix and len(path.name) > _SHORT_NAME:
        # The name of a `Makefile` says as much as a suffix.
        suffix = f".{path.name.lower()}"
    return _binary(data, head, suffix, formats) or _textual(head, suffix, formats)


def _binary(data: bytes, head: bytes, suffix: str, formats: Formats) -> str | None:
    for prefix, kind in formats.signs(Begins):
        if head.startswith(prefix.start):
            detect = _INSIDE.get(kind)
            return (detect and detect(data, suffix, formats)) or kind
    for marker, kind in formats.signs(At):
        if data[marker.offset : marker.offset + len(marker.content)] == marker.content:
            return kind
    for search, kind in formats.signs(Contains):
        if search.pattern.search(data[: search.within]):
            return kind
    return None


def _textual(head: bytes, suffix: str, formats: Formats) -> str:
    by_suffix = formats.text_with_suffix(suffix)
    if by_suffix and by_suffix.suffix_first:
        return by_suffix.media_type
    for opening, kind in formats.signs(TextBegins):
        if opening.pattern.match(head):
            return kind
    if (root := xml_root(head)) is not None:
        roots = {sign.name: kind for sign, kind in reversed(formats.signs(XmlRoot))}
        return roots.get(root, XML)
    if by_suffix:
        return by_suffix.media_type
    for shape, kind in formats.signs(TextLooksLike):
        if shape.pattern.match(head):
            return kind
    return TEXT
