"""The objects in the archives (IWA) of Pages, Keynote and Numbers since 2013.

An archive is a sequence of chunks, compressed with Snappy without checksums. Unpacked, it has
objects, each with a header that states its number, type and length; header and object are messages
of Protocol Buffers. Only a few fields are needed, so the messages are walked without a schema. The
numbers of types and fields are those of Apple's programs, as numbers-parser and keynote-parser
publish them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.limits import check_unpacked

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
_MOST_BITS: Final = 70


class Message:
    """The fields of a message by number. Raises ValueError if it is damaged."""

    def __init__(self, data: bytes = b"") -> None:
        self._fields: dict[int, list[int | bytes]] = {}
        for number, value in _fields(data):
            self._fields.setdefault(number, []).append(value)

    def number(self, field: int) -> int:
        """An integer; 0 if the field is missing."""
        value = self._fields.get(field, [0])[-1]
        return value if isinstance(value, int) else 0

    def content(self, field: int) -> bytes:
        """The bytes of a field; empty if it is missing."""
        value = self._fields.get(field, [b""])[-1]
        return value if isinstance(value, bytes) else b""

    def text(self, field: int) -> str:
        """All texts of a field."""
        values = self._fields.get(field, ())
        return "".join(v.decode("utf-8", "replace") for v in values if isinstance(v, bytes))

    def messages(self, field: int) -> list[Message]:
        """The messages of a field."""
        return [Message(v) for v in self._fields.get(field, ()) if isinstance(v, bytes)]

    def message(self, field: int) -> Message:
        """The last message of a field; an empty one if it is missing."""
        return Message(self.content(field))

    def references(self, field: int) -> list[int]:
        """The numbers of the objects that a field refers to."""
        return [reference.number(1) for reference in self.messages(field)]


class IwaObject(NamedTuple):
    """An object and its type."""

    kind: int
    message: Message


class IwaObjects:
    """The objects of all archives by number, decoded when they are asked for."""

    def __init__(self) -> None:
        self._objects: dict[int, tuple[int, bytes]] = {}

    def add(self, archive: bytes) -> None:
        """Add the objects of an archive. Raises UnreadableFile if it is damaged."""
        try:
            for number, kind, data in _objects(_unpacked(archive)):
                self._objects.setdefault(number, (kind, data))
        except (ValueError, IndexError, struct.error) as failure:
            raise UnreadableFile(SkipKind.DAMAGED, "an archive can't be unpacked") from failure

    def get(self, number: int) -> IwaObject:
        """An object; an empty one of type 0 if it is missing or damaged."""
        kind, data = self._objects.get(number, (0, b""))
        try:
            return IwaObject(kind, Message(data))
        except (ValueError, IndexError):
            return IwaObject(0, Message())

    def of_kind(self, *kinds: int) -> Iterator[IwaObject]:
        """The objects of some types, in the order of their numbers."""
        for number in sorted(self._objects):
            if self._objects[number][0] in kinds:
                yield self.get(number)


def _unpacked(archive: bytes) -> bytes:
    chunks, at, total = [], 0, 0
    while at + 4 <= len(archive):
        size = int.from_bytes(archive[at + 1 : at + 4], "little")
        chunk = archive[at + 4 : at + 4 + size]
        total += _varint(chunk, 0)[0]
        check_unpacked(total, packed=len(archive))
        chunks.append(unsnapped(chunk))
        at += 4 + size
    return b"".join(chunks)


def unsnapped(data: bytes) -> bytes:
    """Unpack raw Snappy, after its format_description.txt.

    Raises ValueError or IndexError if the data is damaged.
    """
    length, at = _varint(data, 0)
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            size = tag >> 2
            if size >= 60:
                width = size - 59
                size = int.from_bytes(data[at : at + width], "little")
                at += width
            out += data[at : at + size + 1]
            at += size + 1
        else:
            width = {1: 1, 2: 2, 3: 4}[tag & 3]
            offset = int.from_bytes(data[at : at + width], "little")
            size = (tag >> 2) + 1
            if width == 1:
                offset |= tag >> 5 << 8
                size = (tag >> 2 & 7) + 4
            at += width
            if not 0 < offset <= len(out):
                raise ValueError(offset)
            # A copy may overlap its own result; then it repeats.
            piece = out[-offset:] if size >= offset else out[-offset : size - offset]
            out += (piece * (size // len(piece) + 1))[:size]
        if len(out) > length:
            raise ValueError(length)
    if len(out) != length:
        raise ValueError(length)
    return bytes(out)


def _objects(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The number, type and first message of each object."""
    at = 0
    while at < len(data):
        size, at = _varint(data, at)
        header = Message(data[at : at + size])
        at += size
        for place, info in enumerate(header.messages(2)):
            size = info.number(3)
            if place == 0:
                yield header.number(1), info.number(1), data[at : at + size]
            at += size


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        form = key & 7
        value: int | bytes
        if form == _VARINT:
            value, at = _varint(data, at)
        elif form in (_EIGHT_BYTES, _FOUR_BYTES, _BYTES):
            size = 8 if form == _EIGHT_BYTES else 4
            if form == _BYTES:
                size, at = _varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            raise ValueError(form)
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
        if shift > _MOST_BITS:
            raise ValueError(shift)
