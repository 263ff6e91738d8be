"""Files in the base64 of an XML file, such as the attachments of invoices and of messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chatbot.readers.containers.limits import member_path
from chatbot.readers.decoding.base64_text import bytes_of_base64
from chatbot.readers.markup.xml_tree import Element, attribute, local

_SHORTEST: Final = 100
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
# A word of prose is shorter; base64 is wrapped at 64 or 76 characters, or not at all.
_SHORTEST_LINE: Final = 60
_NAMES: Final = ("filename", "fileName", "name", "cl", "id")
# Documents and pictures; keys, signatures and the like are left out.
_STARTS: Final = {
    b"%PDF-": "pdf", b"PK\x03\x04": "zip", b"\xd0\xcf\x11\xe0": "doc", b"{\\rtf": "rtf",
    b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"II*\0": "tif", b"MM\0*": "tif",
}  # fmt: skip


def take_attachments(root: Element) -> Iterator[tuple[str, bytes]]:
    """Remove what is base64 from the tree, and yield the documents in it with their names."""
    for node in root.iter():
        if is_encoded(node.text):
            data, node.text = node.text, None
            yield from _file(node, data)
        for key, value in node.attrib.items():
            if is_encoded(value):
                del node.attrib[key]
                yield from _file(node, value)


def is_encoded(text: str | None) -> bool:
    """Whether a text is base64."""
    if not text or len(text) < _SHORTEST or not _BASE64.fullmatch(text):
        return False
    words = text.split()
    mixed = {character.isupper() for character in words[0] if character.isalpha()}
    return len(mixed) > 1 and all(len(word) >= _SHORTEST_LINE for word in words[:-1] or words)


def _file(node: Element, text: str) -> Iterator[tuple[str, bytes]]:
    data = bytes_of_base64(text) or b""
    suffix = next((suffix for start, suffix in _STARTS.items() if data.startswith(start)), "")
    if suffix:
        stated = next(filter(None, (attribute(node, name) for name in _NAMES)), "")
        name = member_path(stated) or local(node)
        yield name if "." in name else f"{name}.{suffix}", data
