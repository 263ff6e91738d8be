"""A ZIP package, opened safely: sizes are checked before anything is unpacked.

Office files, e-books and plain archives are ZIP files. Nothing is written to disk, so a member's
path can do no harm. Of two members with the same name the last counts, as in other programs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.limits import LARGEST_MEMBER, MEGABYTE, check_unpacked

_ENCRYPTED_BIT: Final = 1
# zipfile raises these for damage: wrong checksums, cut streams, unknown methods.
_DAMAGE: Final = (
    BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
    RuntimeError,
    LookupError,
    OverflowError,
)


class Package:
    """The members of a ZIP file by name.

    Raises UnreadableFile if the file is damaged or would unpack to more than the limits.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = ZipFile(BytesIO(data))
        except _DAMAGE as failure:
            raise UnreadableFile(
                SkipKind.DAMAGED, f"its parts can't be listed ({failure})"
            ) from failure
        members = self._zip.infolist()
        total = sum(member.file_size for member in members)
        check_unpacked(total, packed=len(data), members=len(members))
        self._members = {member.filename: member for member in members if not member.is_dir()}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the members, in the order of the package."""
        return tuple(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def read(self, name: str) -> bytes:
        """A member's bytes.

        Raises UnreadableFile if the member is missing, damaged, encrypted or too large.
        """
        member = self._member(name)
        try:
            # zipfile reads no more than the stated size, and treats any more as damage.
            return self._zip.read(member)
        except _DAMAGE as failure:
            raise UnreadableFile(
                SkipKind.DAMAGED, f"{name} can't be unpacked ({failure})"
            ) from failure

    def verify(self) -> None:
        """Unpack everything piece by piece, before a library unpacks it without limits.

        Raises UnreadableFile if a member isn't as the package states.
        """
        for name in self._members:
            for _ in self._pieces(name):
                pass

    def _pieces(self, name: str) -> Iterator[bytes]:
        member = self._member(name)
        try:
            with self._zip.open(member) as stream:
                while piece := stream.read(MEGABYTE):
                    yield piece
        except _DAMAGE as failure:
            raise UnreadableFile(
                SkipKind.DAMAGED, f"{name} can't be unpacked ({failure})"
            ) from failure

    def _member(self, name: str) -> ZipInfo:
        member = self._members.get(name)
        if member is None:
            raise UnreadableFile(SkipKind.DAMAGED, f"{name} is missing")
        if member.flag_bits & _ENCRYPTED_BIT:
            raise UnreadableFile(SkipKind.ENCRYPTED)
        if member.file_size > LARGEST_MEMBER:
            size = member.file_size / MEGABYTE
            raise UnreadableFile(SkipKind.TOO_LARGE, f"{name} unpacks to {size:,.0f} MB")
        return member
