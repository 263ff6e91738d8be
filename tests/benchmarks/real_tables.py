"""Tables of real PDFs, judged cell by cell: `python -m tests.benchmarks.real_tables [FOLDER...]`.

`real_tables.toml` has facts that a person read off the pictures of the pages. A fact holds if its
value is read in the row of this name, under these names of its column. The files are in the shared
torture set; some are in the source packages of pypdf, tabula-py and img2table, which are searched
if their folders are given. Files that aren't found are named and not counted. The command ends
with 1 if fewer than 90 % of the facts hold.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.readers import RawFile, read
from chatbot.types import Document
from tests.shared import DATA

TABLES: Final = Path(__file__).with_suffix(".toml")
RIGHT: Final = 0.9
_CELLS: Final = re.compile(r" ?\| ?")


class Cell(NamedTuple):
    """A cell as it is read: its row's first name, the names above it, its text."""

    row: str
    names: frozenset[str]
    text: str


class Judgement(NamedTuple):
    """The facts that hold, all facts, the wrong ones, the tables judged, the files not found."""

    right: int
    facts: int
    wrong: tuple[str, ...]
    tables: int
    missing: tuple[str, ...]


def main(folders: Sequence[Path]) -> None:
    """Print the wrong cells and the share of right cells."""
    result = judge(folders)
    for fact in result.wrong:
        print(fact)
    if result.missing:
        print(f"not found, so not judged: {', '.join(result.missing)}")
    if not result.facts:
        sys.exit("None of the files was found.")
    share = f"{result.right} of {result.facts} cells ({result.right / result.facts:.1%})"
    print(f"{share} of {result.tables} tables under the right names")
    sys.exit(result.right < RIGHT * result.facts)


def judge(folders: Sequence[Path]) -> Judgement:
    """Judge each table whose file is in one of these folders."""
    tables = tomllib.loads(TABLES.read_text("utf-8"))["table"]
    files = {path.name: path for folder in folders for path in sorted(folder.rglob("*.pdf"))}
    here = [table for table in tables if table["file"] in files]
    wrong = []
    for table in here:
        cells = _cells(files[table["file"]], table["page"])
        wrong += [
            f"{table['file']}, page {table['page']}: {fact}"
            for fact in table["facts"]
            if not _holds(fact, cells)
        ]
    count = sum(len(table["facts"]) for table in here)
    missing = sorted({table["file"] for table in tables} - set(files))
    return Judgement(count - len(wrong), count, tuple(wrong), len(here), tuple(missing))


def _holds(fact: str, cells: Sequence[Cell]) -> bool:
    row, names, value = (part.strip() for part in fact.split("|"))
    wanted = [_pattern(name.strip()) for name in names.split(";") if name.strip()]
    row_pattern, value_pattern = _pattern(row), _pattern(value)
    return any(
        row_pattern.fullmatch(cell.row)
        and value_pattern.fullmatch(cell.text)
        and all(any(pattern.fullmatch(name) for name in cell.names) for pattern in wanted)
        for cell in cells
    )


@cache
def _pattern(text: str) -> re.Pattern[str]:
    # Dots that lead to a figure may be left over.
    return re.compile(".*".join(re.escape(part.strip()) for part in text.rstrip(" .").split("…")))


@cache
def _document(path: Path) -> Document:
    (document,) = read(RawFile(path.name, path.read_bytes()))
    assert isinstance(document, Document)
    return document


@cache
def _cells(path: Path, page: int) -> tuple[Cell, ...]:
    return tuple(_cells_on(_document(path), page))


def _cells_on(document: Document, page: int) -> Iterator[Cell]:
    """The cells on a page; the names above a table that goes on from the page before count."""
    span = document.pages[page - 1]
    heads: list[list[str]] = []
    group = last = ""
    for block in document.blocks:
        if block.kind not in ("row", "header_row"):
            heads, group, last = [], "", ""
            continue
        cells = [cell.rstrip(" .") for cell in _CELLS.split(block.span.of(document.text))]
        if block.kind == "header_row":
            if block.level:
                group = cells[0]
            elif last == "row":
                heads, group = [cells], ""
            else:
                heads.append(cells)
        elif span.start <= block.span.start < span.end:
            for column, text in enumerate(cells):
                names = {head[column].strip() for head in heads if column < len(head)}
                names |= {head[0].strip() for head in heads if len(head) == 1} | {group}
                yield Cell(cells[0].strip(), frozenset(names), text.strip())
        last = "row" if block.kind == "row" or block.level else block.kind


if __name__ == "__main__":
    main([DATA / "torture", *map(Path, sys.argv[1:])])
