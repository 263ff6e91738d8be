"""The header of a 7z archive: where its folders lie, and which files they hold.

A folder is a run of bytes that is packed as one; its files lie in it one after the other. Names of
the properties are those of 7-Zip's `7zFormat.txt`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile

_START: Final = 32
(
    _END, _HEADER, _, _, _STREAMS, _FILES, _PACK, _UNPACK, _SUBSTREAMS, _SIZE, _CRC, _FOLDER,
    _UNPACK_SIZE, _COUNT, _EMPTY_STREAM, _EMPTY_FILE, _, _NAMES_ID,
) = range(18)  # fmt: skip
_ATTRIBUTES, _ENCODED_HEADER = 0x15, 0x17
_IS_COMPLEX, _HAS_PROPERTIES, _MORE = 0x10, 0x20, 0x80
# Bounds far beyond any archive of documents.
_MOST: Final = 1_000_000
_MOST_CODERS: Final = 8


@dataclass(slots=True)
class Folder:
    """Where a folder lies in the archive, its coders with their properties, and its files."""

    coders: list[tuple[bytes, bytes]]
    size: int = 0
    start: int = 0
    packed_size: int = 0
    sizes: list[int] = field(default_factory=list)
    checksums: list[int | None] = field(default_factory=list)


@dataclass(slots=True)
class Header:
    """The folders, and the files by number: names, those without content, attributes."""

    folders: list[Folder] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    empty: set[int] = field(default_factory=set)
    empty_files: set[int] = field(default_factory=set)
    attributes: dict[int, int] = field(default_factory=dict)


def read_header(data: bytes, unpack: Callable[[Folder], bytes]) -> Header:
    """Read the header, which is usually packed itself.

    Raises UnreadableFile if it can't be unpacked, and IndexError or ValueError if it's damaged.
    """
    offset, size, checksum = struct.unpack_from("<QQI", data, 12)
    if not size:
        return Header()
    content = data[_START + offset : _START + offset + size]
    for _ in range(_MOST_CODERS):
        if not content or (checksum is not None and zlib.crc32(content) != checksum):
            raise UnreadableFile(SkipKind.DAMAGED, "the list of its files is missing or damaged")
        fields = _Fields(content)
        kind = fields.number()
        if kind == _HEADER:
            return _header(fields)
        if kind != _ENCODED_HEADER:
            break
        folders = _streams(fields)
        content = unpack(folders[0]) if folders else b""
        checksum = folders[0].checksums[0] if folders else None
    raise ValueError("it has an unknown list of files")


class _Fields:
    """Reads numbers and bits from bytes. Raises IndexError at their end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bytes(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise IndexError("it ends too early")
        self._at, start = end, self._at
        return self._data[start:end]

    def number(self) -> int:
        """A number of one to nine bytes; the ones that lead the first byte count the others."""
        first = self.bytes(1)[0]
        mask, value = 0x80, 0
        for place in range(8):
            if not first & mask:
                return value | (first & (mask - 1)) << (8 * place)
            value |= self.bytes(1)[0] << (8 * place)
            mask >>= 1
        return value

    def count(self) -> int:
        if (count := self.number()) > _MOST:
            raise ValueError(f"it states {count:,} entries")
        return count

    def bits(self, count: int) -> list[bool]:
        data = self.bytes((count + 7) // 8)
        return [bool(data[place // 8] & (0x80 >> place % 8)) for place in range(count)]

    def defined(self, count: int) -> list[bool]:
        return [True] * count if self.bytes(1)[0] else self.bits(count)

    def checksums(self, count: int) -> list[int | None]:
        defined = self.defined(count)
        return [struct.unpack("<I", self.bytes(4))[0] if known else None for known in defined]

    def expect(self, kind: int) -> None:
        if self.number() != kind:
            raise ValueError("its header isn't in order")


def _header(fields: _Fields) -> Header:
    header = Header()
    while (kind := fields.number()) != _END:
        if kind == _STREAMS:
            header.folders = _streams(fields)
        elif kind == _FILES:
            _files(fields, header)
        else:
            raise ValueError("its header has an unknown part")
    return header


def _streams(fields: _Fields) -> list[Folder]:
    start = _START
    sizes: list[int] = []
    folders: list[Folder] = []
    while (kind := fields.number()) != _END:
        if kind == _PACK:
            start, sizes = _packed(fields)
        elif kind == _UNPACK:
            folders = _folders(fields)
        elif kind == _SUBSTREAMS:
            _substreams(fields, folders)
        else:
            raise ValueError("its streams have an unknown part")
    for folder, size in zip(folders, sizes, strict=False):
        folder.start, folder.packed_size = start, size
        start += size
        if not folder.sizes and folder.checksums:
            folder.sizes = [folder.size]
    return folders


def _packed(fields: _Fields) -> tuple[int, list[int]]:
    """Where the packed streams begin, and their sizes."""
    start, count = _START + fields.number(), fields.count()
    sizes: list[int] = []
    while (kind := fields.number()) != _END:
        if kind == _SIZE:
            sizes = [fields.number() for _ in range(count)]
        elif kind == _CRC:
            fields.checksums(count)
    return start, sizes


def _folders(fields: _Fields) -> list[Folder]:
    fields.expect(_FOLDER)
    count = fields.count()
    fields.expect(0)  # not stored elsewhere
    chains = [_coders(fields) for _ in range(count)]
    folders = [Folder([coder for _, coder in chain]) for chain in chains]
    fields.expect(_UNPACK_SIZE)
    for folder, chain in zip(folders, chains, strict=True):
        sizes = [fields.number() for _ in chain]
        folder.size = sizes[chain[0][0]]
    checksums: list[int | None] = [None] * count
    while (kind := fields.number()) != _END:
        if kind == _CRC:
            checksums = fields.checksums(count)
    for folder, checksum in zip(folders, checksums, strict=True):
        folder.sizes, folder.checksums = [folder.size], [checksum]
    return folders


def _coders(fields: _Fields) -> list[tuple[int, tuple[bytes, bytes]]]:
    """The coders of a folder with their numbers: the one that gives the files first.

    Each has one input and one output; the last one's input are the packed bytes.
    """
    coders = []
    count = fields.count()
    if not 0 < count <= _MOST_CODERS:
        raise ValueError("a folder has an odd number of coders")
    for _ in range(count):
        flags = fields.bytes(1)[0]
        codec = fields.bytes(flags & 0xF)
        if flags & _IS_COMPLEX:
            raise UnreadableFile(SkipKind.UNSUPPORTED, "it is packed with BCJ2")
        if flags & _MORE:
            raise ValueError("a coder has alternatives")
        coders.append((codec, fields.bytes(fields.count()) if flags & _HAS_PROPERTIES else b""))
    sources = {fields.number(): fields.number() for _ in range(count - 1)}
    chain = [number for number in range(count) if number not in sources.values()]
    while chain and len(chain) <= count and chain[-1] in sources:
        chain.append(sources[chain[-1]])
    if sorted(chain) != list(range(count)):
        raise ValueError("the coders of a folder aren't in a chain")
    return [(number, coders[number]) for number in chain]


def _substreams(fields: _Fields, folders: Sequence[Folder]) -> None:
    """The files of each folder: their number, their sizes except the last, and their checksums."""
    counts = [1] * len(folders)
    kind = fields.number()
    if kind == _COUNT:
        counts = [fields.count() for _ in folders]
        kind = fields.number()
    known = [folder.checksums for folder in folders]
    for folder, count in zip(folders, counts, strict=True):
        sizes = [fields.number() for _ in range(count - 1)] if kind == _SIZE else []
        folder.sizes = [*sizes, max(0, folder.size - sum(sizes))] if count else []
        folder.checksums = [None] * len(folder.sizes)
    kind = fields.number() if kind == _SIZE else kind
    while kind != _END:
        if kind == _CRC:
            unknown = [
                (folder, place)
                for folder, own in zip(folders, known, strict=True)
                for place in range(len(folder.sizes))
                if not (len(folder.sizes) == 1 and own[0] is not None)
            ]
            checksums = fields.checksums(len(unknown))
            for (folder, place), checksum in zip(unknown, checksums, strict=True):
                folder.checksums[place] = checksum
        kind = fields.number()


def _files(fields: _Fields, header: Header) -> None:
    count = fields.count()
    empty = [False] * count
    while (kind := fields.number()) != _END:
        part = _Fields(fields.bytes(fields.number()))
        if kind == _EMPTY_STREAM:
            empty = part.bits(count)
            header.empty = {number for number, is_empty in enumerate(empty) if is_empty}
        elif kind == _EMPTY_FILE:
            numbers = sorted(header.empty)
            flags = part.bits(len(numbers))
            header.empty_files = {n for n, flag in zip(numbers, flags, strict=True) if flag}
        elif kind == _NAMES_ID:
            part.expect(0)
            header.names = _names(part, count)
        elif kind == _ATTRIBUTES:
            defined = part.defined(count)
            part.expect(0)
            header.attributes = {
                number: struct.unpack("<I", part.bytes(4))[0]
                for number, known in enumerate(defined)
                if known
            }


def _names(fields: _Fields, count: int) -> list[str]:
    names = []
    for _ in range(count):
        letters = bytearray()
        while (letter := fields.bytes(2)) != b"\0\0":
            letters += letter
        names.append(letters.decode("utf-16-le", "replace"))
    return names
