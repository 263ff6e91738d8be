"""HTML Help (`.chm`): the topics of a manual, each as a page.

A directory names the files; most are in one compressed stream, which begins anew after some frames
of 32 KB. The libraries for this format are under the GPL or the LGPL. The layout is that of
Matthew Russotto's "Unofficial CHM Spec".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.limits import check_unpacked, member_path
from chatbot.readers.containers.lzx import FRAME, LzxDecoder
from chatbot.readers.media_types import HELP_TOPIC
from chatbot.readers.raw_file import RawFile

_STREAM: Final = "::DataSpace/Storage/MSCompressed/"
_TRANSFORM: Final = "Transform/{7FC28940-9D31-11D0-9B27-00A0C91E9C7C}/InstanceData/ResetTable"
_PAGES: Final = frozenset((".htm", ".html", ".xhtml"))
_TOPICS: Final = _PAGES.union((".txt", ".xml", ".pdf", ".doc", ".docx"))


class _Entry(NamedTuple):
    """A file: the number of its section, and its place there."""

    section: int
    offset: int
    size: int


def read_html_help(file: RawFile) -> Iterator[RawFile]:
    """Yield the topics. Raises UnreadableFile if the file is damaged."""
    try:
        entries, start = _directory(file.data)
        stream = _Stream(file.data, entries, start)
        for name, entry in entries.items():
            suffix = PurePosixPath(name).suffix.lower()
            if suffix in _TOPICS and (path := member_path(name)):
                data = stream.read(entry) if entry.section else _plain(file.data, start, entry)
                yield file.inside(path, data, media_type=HELP_TOPIC if suffix in _PAGES else None)
    except (ValueError, IndexError, KeyError, struct.error) as failure:
        detail = f"its topics can't be unpacked ({failure})"
        raise UnreadableFile(SkipKind.DAMAGED, detail) from failure


def _directory(data: bytes) -> tuple[dict[str, _Entry], int]:
    """The files by name, and where the sections begin."""
    (place,) = struct.unpack_from("<Q", data, 0x48)
    (start,) = struct.unpack_from("<Q", data, 0x58)
    (header,) = struct.unpack_from("<I", data, place + 8)
    (size,) = struct.unpack_from("<I", data, place + 0x10)
    (chunks,) = struct.unpack_from("<I", data, place + 0x2C)
    check_unpacked(0, packed=len(data), members=chunks)
    entries: dict[str, _Entry] = {}
    for number in range(chunks):
        chunk = data[place + header + number * size :][:size]
        if chunk.startswith(b"PMGL"):
            entries |= _listed(chunk[0x14 : len(chunk) - struct.unpack_from("<I", chunk, 4)[0]])
    return entries, start


def _listed(chunk: bytes) -> Iterator[tuple[str, _Entry]]:
    at = 0
    while at < len(chunk):
        length, at = _number(chunk, at)
        name = chunk[at : at + length].decode("utf-8", "replace")
        at += length
        values = []
        for _ in range(3):
            value, at = _number(chunk, at)
            values.append(value)
        yield name, _Entry(*values)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A number in pieces of seven bits, highest first."""
    value = 0
    while data[at] & 0x80:
        value = value << 7 | data[at] & 0x7F
        at += 1
    return value << 7 | data[at], at + 1


def _plain(data: bytes, start: int, entry: _Entry) -> bytes:
    return data[start + entry.offset : start + entry.offset + entry.size]


class _Stream:
    """The compressed section; a part between two resets is unpacked when it is needed."""

    def __init__(self, data: bytes, entries: dict[str, _Entry], start: int) -> None:
        control = _plain(data, start, entries[f"{_STREAM}ControlData"])
        table = _plain(data, start, entries[f"{_STREAM}{_TRANSFORM}"])
        self._packed = _plain(data, start, entries[f"{_STREAM}Content"])
        version, interval, window = struct.unpack_from("<III", control, 8)
        unit = FRAME if version == 2 else 1
        self._interval = max(1, interval * unit // FRAME)
        self._window_bits = (window * unit).bit_length() - 1
        count, _, header = struct.unpack_from("<III", table, 4)
        (self._size,) = struct.unpack_from("<Q", table, 0x10)
        check_unpacked(self._size, packed=len(data))
        self._places = struct.unpack_from(f"<{count}Q", table, header)
        self._parts: dict[int, bytes] = {}

    def read(self, entry: _Entry) -> bytes:
        """The bytes of a file."""
        part_size = self._interval * FRAME
        first = entry.offset // part_size
        last = max(entry.offset + entry.size - 1, 0) // part_size
        data = b"".join(self._part(number) for number in range(first, last + 1))
        start = entry.offset - first * part_size
        return data[start : start + entry.size]

    def _part(self, number: int) -> bytes:
        if number not in self._parts:
            start = self._places[number * self._interval]
            size = min(self._interval * FRAME, self._size - number * self._interval * FRAME)
            decoder = LzxDecoder(self._packed[start:], self._window_bits)
            self._parts[number] = decoder.unpack(size)
        return self._parts[number]
