"""Tables of RTF: cells end at positions across the page, which may differ from row to row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table

# Programs round positions; no column is this narrow (in twentieths of a point).
_TOLERANCE: Final = 60
_MERGES: Final = {
    "clvmgf": "below", "clvmrg": "above", "clmgf": "right", "clmrg": "left",
}  # fmt: skip


class _Definition(NamedTuple):
    """A cell of a row: its right edge, and with which neighbours it is merged."""

    edge: int
    merges: frozenset[str]


@dataclass
class _Row:
    cells: list[str]
    definitions: list[_Definition]


@dataclass
class RtfTable:
    """Collects the rows of a table; the definitions of a row hold until the next ones."""

    _rows: list[_Row] = field(default_factory=list)
    _cells: list[str] = field(default_factory=list)
    _definitions: list[_Definition] = field(default_factory=list)
    _merges: set[str] = field(default_factory=set)
    _headers: int = 0

    def take(self, word: str, number: int | None) -> None:
        """Process a control word that defines rows and cells."""
        if word == "trowd":
            self._definitions = []
            self._merges.clear()
        elif word == "trhdr":
            self._headers = max(self._headers, len(self._rows) + 1)
        elif word in _MERGES:
            self._merges.add(_MERGES[word])
        elif word == "cellx":
            self._definitions.append(_Definition(number or 0, frozenset(self._merges)))
            self._merges.clear()

    def end_cell(self, text: str) -> None:
        """End a cell of the current row."""
        self._cells.append(text)

    def end_row(self) -> None:
        """End the current row."""
        self._rows.append(_Row(self._cells, self._definitions))
        self._cells = []

    def write(self, writer: DocumentWriter) -> None:
        """Append the table, if it has any rows."""
        if self._cells:
            self.end_row()
        if self._rows:
            write_table(writer, self._grid(), headers=self._headers or None)

    def _grid(self) -> Grid:
        edges = self._edges()
        grid = Grid()
        for number, row in enumerate(self._rows):
            grid.add_row()
            column = 0
            for place, text in enumerate(row.cells):
                definition = row.definitions[place] if place < len(row.definitions) else None
                end = _column(edges, definition.edge) if definition else column + 1
                columns = max(1, end - column)
                merges = definition.merges if definition else frozenset[str]()
                if not merges & {"above", "left"}:
                    across = columns + self._merged_right(row, place, end, edges)
                    down = 1 + self._merged_below(number, place) if "below" in merges else 1
                    grid.put(number, column, text, rows=down, columns=across)
                column += columns
        return grid

    def _edges(self) -> list[int]:
        """The right edges of all columns, from those of all cells."""
        edges: list[int] = []
        for edge in sorted({cell.edge for row in self._rows for cell in row.definitions}):
            if not edges or edge - edges[-1] > _TOLERANCE:
                edges.append(edge)
        return edges

    def _merged_right(self, row: _Row, place: int, end: int, edges: list[int]) -> int:
        """The number of further columns that a horizontally merged cell covers."""
        last = end
        for definition in row.definitions[place + 1 :]:
            if "left" not in definition.merges:
                break
            last = _column(edges, definition.edge)
        return last - end

    def _merged_below(self, number: int, place: int) -> int:
        """The number of rows below in which the cell at this place continues."""
        count = 0
        for row in self._rows[number + 1 :]:
            if place >= len(row.definitions) or "above" not in row.definitions[place].merges:
                break
            count += 1
        return count


def _column(edges: list[int], edge: int) -> int:
    """The number of columns up to an edge."""
    return sum(other <= edge + _TOLERANCE for other in edges)
