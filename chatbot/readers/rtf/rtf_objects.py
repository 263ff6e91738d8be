"""The files embedded in RTF, in hexadecimal, as OLE 1.0 objects ([MS-OLEDS] 2.2)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

from chatbot.readers.office.embedded import NamedFile, object_files, unwrapped

_OBJECT: Final = re.compile(rb"\\objdata\b[ \r\n]*([0-9a-fA-F\s]+)")
_EMBEDDED: Final = 2
_WRAPPER: Final = b"Package"


def embedded_objects(data: bytes) -> Iterator[NamedFile]:
    """Yield the name and the bytes of each embedded file; a damaged object is left out."""
    for found in _OBJECT.finditer(data):
        try:
            program, content = _native(bytes_of(found[1]))
        except (struct.error, ValueError):
            continue
        if program == _WRAPPER:
            if wrapped := unwrapped(content):
                yield wrapped
        else:
            yield from object_files("object", content)


def bytes_of(digits: bytes) -> bytes:
    """The bytes that hexadecimal digits stand for; none if other characters are among them."""
    together = b"".join(digits.split())
    try:
        return bytes.fromhex(together[: len(together) & ~1].decode("ascii"))
    except ValueError:
        return b""


def _native(data: bytes) -> tuple[bytes, bytes]:
    """The program of an object and its own bytes. Raises ValueError for a link or a picture."""
    (form,) = struct.unpack_from("<I", data, 4)
    if form != _EMBEDDED:
        raise ValueError(form)
    at, names = 8, []
    for _ in range(3):
        (length,) = struct.unpack_from("<I", data, at)
        names.append(data[at + 4 : at + 4 + length].rstrip(b"\0"))
        at += 4 + length
    (size,) = struct.unpack_from("<I", data, at)
    return names[0], data[at + 4 : at + 4 + size]
