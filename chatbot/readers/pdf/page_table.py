"""A table on a page: its cells as lines of words, and the page's other lines around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Final

from chatbot.readers.pdf.lines import Line, LineSegment, piece_of
from chatbot.readers.pdf.page_words import Font

CellLines = tuple[Line, ...]

# In points: how far the columns of a table may shift on the next page.
_SHIFT: Final = 12.0
_MOST_BOLD: Final = 4


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell: its first row and column, the rows and columns that it covers, its lines."""

    row: int
    column: int
    rows: int
    columns: int
    lines: CellLines

    @property
    def text(self) -> str:
        """Its words on one line."""
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table on a page: its cells row by row, and the left edges of its columns.

    `headers` is the number of its header rows, if its layout tells.
    """

    page: int
    cells: tuple[TableCell, ...]
    edges: tuple[float, ...]
    headers: int | None = None

    def continues(self, other: PageTable) -> bool:
        """Whether this is the rest of a table on the page before."""
        return (
            self.page == other.page + 1
            and len(self.edges) == len(other.edges)
            and all(
                abs(edge - before) <= _SHIFT
                for edge, before in zip(self.edges, other.edges, strict=True)
            )
        )

    def row_texts(self) -> list[tuple[str, ...]]:
        """The texts of the cells of each row."""
        rows = groupby(self.cells, lambda cell: cell.row)
        return [tuple(cell.text for cell in cells) for _, cells in rows]

    def bold_rows(self) -> int:
        """The number of bold rows at the top of a table whose other rows mostly aren't bold."""
        rows = [list(cells) for _, cells in groupby(self.cells, lambda cell: cell.row)]
        bold = [all(line.font.bold for cell in row for line in cell.lines) for row in rows]
        count = bold.index(False) if False in bold else 0
        if 3 * sum(bold[count:]) > len(rows) - count:
            titles = takewhile(lambda row: len(row) == 1 and row[0].columns > 1, rows)
            count = min(count, len(list(titles)))
        return count if count <= _MOST_BOLD else 0


def placeholder(lines: Sequence[Line]) -> Line:
    """A line without text that stands for a table among the lines of a page."""
    first = min(line.segments[0].first for line in lines)
    last = max(line.segments[-1].last for line in lines)
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    top, bottom = min(line.top for line in lines), max(line.bottom for line in lines)
    segment = LineSegment(first, last, left, right)
    return Line(lines[0].page, (segment,), left, top, right, bottom, 0.0, Font(), "")


def in_cells(line: Line, numbers: Sequence[int]) -> Iterator[tuple[int, Line]]:
    """The parts of a line by the cell of each of its words; -1 is outside of all cells."""
    runs: dict[int, list[LineSegment]] = {}
    for segment in line.segments:
        first, last = segment.first, segment.last
        for number, words in groupby(range(first, last), numbers.__getitem__):
            run = list(words)
            whole = len(run) == last - first
            piece = segment if whole else piece_of(line.page.words, run[0], run[-1] + 1)
            runs.setdefault(number, []).append(piece)
    for number, pieces in runs.items():
        yield number, line.part(tuple(pieces))


def top_down(lines: Iterable[Line]) -> CellLines:
    """The lines of a cell from top to bottom, those on one baseline from left to right."""
    ordered = sorted(lines, key=lambda line: line.middle)
    rows: list[list[Line]] = []
    for line in ordered:
        if rows and line.middle - rows[-1][0].middle < 0.5 * max(line.size, 1.0):
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda line: line.left))
