"""ZIP packages of a test's own."""

from __future__ import annotations

import struct
from collections.abc import Callable
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    """A ZIP file with these members, in this order; the same name may come twice."""
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def changed(data: bytes, name: str, content: str | bytes | Callable[[str], str] | None) -> bytes:
    """The package with a member written anew, or left out where there is no content.

    A function makes the new content from the old.
    """
    with ZipFile(BytesIO(data)) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    if callable(content):
        content = content(members[name].decode())
    kept = [(each, old) for each, old in members.items() if each != name]
    return zipped(*kept, *([] if content is None else [(name, content)]))


def with_size(data: bytes, claimed: int) -> bytes:
    """The package with another unpacked size for its first member, here and in the directory."""
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    lying = bytearray(data)
    lying[local + 22 : local + 26] = struct.pack("<I", claimed)
    lying[central + 24 : central + 28] = struct.pack("<I", claimed)
    return bytes(lying)
