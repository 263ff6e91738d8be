"""Tables of Pages, Keynote and Numbers since 2013: their cells lie in tiles of rows.

A cell has a type, flags for the values that follow, and these values; texts are in a list of their
own. The layout is that of storage version 5, as numbers-parser publishes it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.iwork.iwa import IwaObject, IwaObjects, Message
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table

TABLE, TABLE_IN_TEXT = 6000, 6007
_VERSION: Final = 5
_NUMBER, _TEXT, _DATE, _TRUTH, _DURATION, _RICH, _CURRENCY = 2, 3, 5, 6, 7, 9, 10
_EPOCH: Final = datetime(2001, 1, 1)  # noqa: DTZ001 - a date of a sheet has no zone
# Nearly two thousand years, as far back as dates go.
_MOST_SECONDS: Final = 6e10
_NO_CELL: Final = 0xFFFF
_MOST_ROWS: Final = 1_000_000
_EXPONENT_BIAS: Final = 0x1820
_DIGITS: Final = 15


def write_iwa_table(writer: DocumentWriter, objects: IwaObjects, table: IwaObject) -> None:
    """Append a table under its name, if that is shown."""
    # In the text of Pages, the table is a field of the object.
    info = table.message.message(1) if table.kind == TABLE_IN_TEXT else table.message
    for model in (objects.get(number).message for number in info.references(2)):
        grid = _grid(objects, model)
        if any(map(any, grid.rows)):
            if model.number(22):
                writer.add("paragraph", model.text(8))
            write_table(writer, grid, headers=model.number(9) or None)


def _grid(objects: IwaObjects, model: Message) -> Grid:
    store = model.message(4)
    strings = _entries(objects, store.references(4))
    rich = _entries(objects, store.references(17))
    columns, tiles = model.number(7), store.message(3)
    rows: dict[int, list[str]] = {}
    for tile in tiles.messages(1):
        first = tile.number(1) * (tiles.number(2) or 256)
        for number in tile.references(2):
            for row in objects.get(number).message.messages(5):
                cells = [_text(objects, cell, strings, rich) for cell in _cells(row, columns)]
                rows[first + row.number(1)] = cells
    last = min(max(rows, default=-1), _MOST_ROWS)
    return Grid(rows.get(number, []) for number in range(last + 1))


def _entries(objects: IwaObjects, lists: list[int]) -> dict[int, Message]:
    """The entries of a table's lists by key; a long list refers to its segments."""
    entries: dict[int, Message] = {}
    for data in (objects.get(number).message for number in lists):
        parts = [data, *(objects.get(number).message for number in data.references(4))]
        for part in parts:
            entries |= {entry.number(1): entry for entry in part.messages(3)}
    return entries


def _cells(row: Message, columns: int) -> list[bytes]:
    """The bytes of each cell of a row; empty for an empty cell."""
    buffer, places = row.content(6), row.content(7)
    offsets = struct.unpack(f"<{len(places) // 2}H", places[: len(places) // 2 * 2])
    width = 4 if row.number(8) else 1
    starts = [offset * width if offset != _NO_CELL else -1 for offset in offsets[:columns]]
    return [buffer[start:] if 0 <= start < len(buffer) else b"" for start in starts]


def _text(
    objects: IwaObjects, cell: bytes, strings: dict[int, Message], rich: dict[int, Message]
) -> str:
    """What a cell shows: a text, a plain figure, or a date in ISO 8601."""
    if len(cell) < 12 or cell[0] != _VERSION:
        return ""
    kind, (flags,) = cell[1], struct.unpack_from("<I", cell, 8)
    values: dict[int, Any] = {}
    at = 12
    for flag, form, size in (
        (1, "16s", 16),
        (2, "<d", 8),
        (4, "<d", 8),
        (8, "<I", 4),
        (16, "<I", 4),
    ):
        if flags & flag and at + size <= len(cell):
            (values[flag],) = struct.unpack_from(form, cell, at)
            at += size
    shown: dict[int, Callable[[], str]] = {
        _NUMBER: lambda: _decimal(values[1]) if 1 in values else _figure(values[2]),
        _TEXT: lambda: strings[values[8]].text(3),
        _RICH: lambda: _rich_text(objects, rich[values[16]]),
        _DATE: lambda: _date(values[4]),
        _TRUTH: lambda: "true" if values[2] else "false",
        _DURATION: lambda: str(timedelta(seconds=values[2])),
    }
    shown[_CURRENCY] = shown[_NUMBER]
    with suppress(KeyError):
        return shown[kind]()
    return ""


def _date(seconds: float) -> str:
    date = _EPOCH + timedelta(seconds=max(-_MOST_SECONDS, min(seconds, _MOST_SECONDS)))
    return date.isoformat(" ", "minutes").removesuffix(" 00:00")


def _rich_text(objects: IwaObjects, entry: Message) -> str:
    payloads = [objects.get(number).message for number in entry.references(9)]
    storages = [number for payload in payloads for number in payload.references(1)]
    return " ".join(objects.get(number).message.text(3) for number in storages)


def _decimal(data: bytes) -> str:
    """A decimal number of 128 bits (IEEE 754-2008): a sign, an exponent and an integer."""
    exponent = ((data[15] & 0x7F) << 7 | data[14] >> 1) - _EXPONENT_BIAS
    mantissa = int.from_bytes(data[:14], "little") | (data[14] & 1) << 112
    sign = -1 if data[15] & 0x80 else 1
    return _figure(sign * mantissa * 10.0**exponent)


def _figure(value: float) -> str:
    text = format(value, f".{_DIGITS}g")
    return format(value, ".0f") if "e+" in text and abs(value) < 1e21 else text
