"""ZIP packages made for tests."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    """A ZIP file with these members, in this order; a name may occur twice."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def changed(data: bytes, name: str, content: str | bytes | Callable[[str], str] | None) -> bytes:
    """The package with a member replaced, or removed if `content` is None.

    `content` may be a function of the old content.
    """
    with ZipFile(BytesIO(data)) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    if callable(content):
        content = content(members[name].decode())
    others = [(member, old) for member, old in members.items() if member != name]
    return zipped(*others, *([] if content is None else [(name, content)]))


def with_size(data: bytes, claimed: int) -> bytes:
    """The package with a false unpacked size for its first member, in both headers."""
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    forged = bytearray(data)
    forged[local + 22 : local + 26] = struct.pack("<I", claimed)
    forged[central + 24 : central + 28] = struct.pack("<I", claimed)
    return bytes(forged)
