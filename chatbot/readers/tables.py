"""Rows of cells -> blocks, their header told from their records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from chatbot.readers.build import CELLS, DocumentWriter
from chatbot.text.clean import one_line

Row = Sequence[str]

_LONGEST_NAME: Final = 60
_FIGURE: Final = re.compile(r"[\W\d]*\d[\W\d]*|true|false", re.IGNORECASE)
_YEAR: Final = re.compile(r"(1[89]|20)\d\d")


def is_header(first: Row, second: Row) -> bool:
    """Whether a row names the columns of those below it.

    Names are short words, each other than the rest, in every column that the next row fills;
    years may be among them, other figures may not.
    """
    names = [cell for cell in first if cell]
    named = [bool(cell) for cell in first]
    filled = [bool(cell) for cell in second]
    beyond = sum(full and not name for name, full in zip(named, filled, strict=False))
    return (
        len(names) > 1
        and sum(filled) > 1
        and beyond <= (not named[0])  # the corner above the names of the rows may be empty
        and len(set(names)) == len(names)
        and all(len(name) <= _LONGEST_NAME for name in names)
        and not all(map(_YEAR.fullmatch, names))
        and all(_YEAR.fullmatch(name) or not _FIGURE.fullmatch(name) for name in names)
        and list(first) != list(second)
    )


def write_table(writer: DocumentWriter, rows: Sequence[Row], *, headers: int | None = None) -> None:
    """Append a table; `headers` is how many rows are its header, where the format says so."""
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    cleaned = [row for row in cleaned if any(row)]
    if headers is None:
        headers = int(len(cleaned) > 1 and is_header(cleaned[0], cleaned[1]))
    for place, row in enumerate(cleaned):
        writer.add("header_row" if place < headers else "row", CELLS.join(row))
