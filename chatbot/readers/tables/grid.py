"""A table of any format as a grid: each cell at its row and column, with the cells that it spans.

Every reader fills a `Grid`, and `write_table` turns it into text. A cell that spans several rows or
columns is read in each of them, so that every value stays under its own column name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.document_writer import Placed

Place = tuple[int, int]
PlacedWords = Sequence[Placed]

# Bounds on what spans may add; files state spans of a billion cells.
_MOST_COLUMNS: Final = 1_000
_MOST_SLOTS: Final = 2_000_000
# A longer text is read only where its cell begins.
_LONGEST_REPEATED: Final = 120
# Signs that filings put in a cell of their own, before and after a figure.
_BEFORE: Final = frozenset("$ € £ ¥ ( ($ (€ (£ - + US$".split())
_AFTER: Final = frozenset(") % )% %) ,- € CHF EUR".split())


class Grid:
    """The texts of a table by row and column, and the spans of its merged cells.

    `rows[r][c]` is the text of the cell that begins there, else empty. `spans` has the number of
    rows and columns of each cell that covers more than one slot, `heads` the cells that the file
    marks as headers, and `placed` the words of a cell with their position on a page.
    """

    def __init__(
        self,
        rows: Iterable[Sequence[str]] = (),
        spans: Mapping[Place, tuple[int, int]] | None = None,
    ) -> None:
        self.rows: list[list[str]] = [list(row) for row in rows]
        self.spans: dict[Place, tuple[int, int]] = dict(spans or {})
        self.heads: set[Place] = set()
        self.placed: dict[Place, PlacedWords] = {}
        self._covered: dict[Place, Place] = {}
        self._spanned_rows: set[int] = set()
        for place, span in self.spans.items():
            self._cover(place, span)

    def add_row(self) -> None:
        """Begin a row; later cells are put into it."""
        self.rows.append([])

    def add(self, text: str, *, rows: int = 1, columns: int = 1, head: bool = False) -> None:
        """Put a cell into the last row, at the first column that no cell from above covers."""
        row = len(self.rows) - 1
        column = len(self.rows[row])
        while (row, column) in self._covered:
            column += 1
        self.put(row, column, text, rows=rows, columns=columns, head=head)

    def put(
        self,
        row: int,
        column: int,
        text: str,
        *,
        rows: int = 1,
        columns: int = 1,
        head: bool = False,
        placed: PlacedWords = (),
    ) -> None:
        """Put a cell at a place; `rows` and `columns` may be more than the table has."""
        if column >= _MOST_COLUMNS:
            # Nobody makes a table that wide, but no word may get lost.
            self.rows[row][-1] = f"{self.rows[row][-1]} {text}".strip()
            return
        while len(self.rows) <= row:
            self.rows.append([])
        columns = max(1, min(columns, _MOST_COLUMNS - column))
        line = self.rows[row]
        line += [""] * (column + columns - len(line))
        line[column] = text
        # Spans may overlap; the slot where a cell begins is its own.
        self._covered.pop((row, column), None)
        if head:
            self.heads.add((row, column))
        if placed:
            self.placed[row, column] = placed
        if (rows > 1 or columns > 1) and len(self._covered) + rows * columns <= _MOST_SLOTS:
            self.spans[row, column] = (rows, columns)
            self._cover((row, column), (rows, columns))

    def _cover(self, place: Place, span: tuple[int, int]) -> None:
        row, column = place
        self._spanned_rows.update(range(row, row + span[0]))
        for below in range(span[0]):
            for right in range(span[1]):
                self._covered.setdefault((row + below, column + right), place)

    @property
    def width(self) -> int:
        """The number of columns, once `compact` has made all rows equally long."""
        return len(self.rows[0]) if self.rows else 0

    def origin(self, row: int, column: int) -> Place:
        """The place where the cell that covers a slot begins."""
        return self._covered.get((row, column), (row, column))

    def text(self, row: int, column: int) -> str:
        """The text of the cell that covers a slot, wherever the cell begins."""
        at, start = self.origin(row, column)
        line = self.rows[at] if at < len(self.rows) else ()
        return line[start] if start < len(line) else ""

    def read(self, row: int, column: int, *, names: bool = False) -> tuple[str, Place]:
        """The text to read in a slot, and the place of its cell.

        A long text is read once, and so is one that spans columns at the beginning of a row,
        unless it's a row of names.
        """
        place = self.origin(row, column)
        text = self.text(row, column)
        if place != (row, column) and (
            len(text) > _LONGEST_REPEATED or (place[0] == row and place[1] == 0 and not names)
        ):
            return "", place
        return text, place

    def spanning(self, row: int) -> str | None:
        """The text of the one cell that spans the whole row; None in a row of several cells."""
        if row not in self._spanned_rows:
            return None
        width = self.width
        places = {self.origin(row, column) for column in range(width)}
        return self.text(row, 0) if width > 1 and len(places) == 1 else None

    def compact(self) -> Grid:
        """The table with rows of equal length, without empty rows and columns.

        Columns that only split one value are joined, as filings do with the signs of a figure.
        """
        width = max(map(len, self.rows), default=0)
        for line in self.rows:
            line.extend([""] * (width - len(line)))
        rows = [number for number in range(len(self.rows)) if self._has_text(number)]
        if not self.spans and not self._has_signs():
            filled = [n for n in range(width) if any(row[n] for row in self.rows)]
            groups = [[column] for column in filled]
        else:
            groups = self._column_groups(rows)
        if len(groups) == width and len(rows) == len(self.rows):
            return self
        return self._with(rows, groups)

    def _has_text(self, row: int) -> bool:
        """Whether a cell with text begins in a row."""
        return any(self.rows[row])

    def _has_signs(self) -> bool:
        return len(self.rows) * self.width < 100_000 and any(
            cell in _BEFORE or cell in _AFTER for row in self.rows for cell in row if len(cell) < 4
        )

    def _column_groups(self, rows: Sequence[int]) -> list[list[int]]:
        """The columns of the file that make up each column of the table."""
        groups: list[list[int]] = [[0]] if self.width else []
        for column in range(1, self.width):
            if self._are_one(rows, groups[-1], column):
                groups[-1].append(column)
            else:
                groups.append([column])
        return [
            group
            for group in groups
            if any(self.text(row, column) for row in rows for column in group)
        ]

    def _are_one(self, rows: Sequence[int], group: Sequence[int], column: int) -> bool:
        """Whether a column only continues the group before it.

        No row may have a value in both, except for a sign beside its figure. At least one row must
        have a cell that spans both, or such a sign.
        """
        spanned = signs = False
        for row in rows:
            if row not in self._spanned_rows:
                line = self.rows[row]
                left, right = " ".join(line[one] for one in group if line[one]), line[column]
            else:
                if self.spanning(row) is not None:
                    continue  # a title over the whole table says nothing of its columns
                before = {self.origin(row, one) for one in group}
                if self.origin(row, column) in before:
                    spanned = True
                    continue
                left = " ".join(filter(None, (self.text(*place) for place in sorted(before))))
                right = self.text(row, column)
            if left and right:
                if left not in _BEFORE and right not in _AFTER:
                    return False
                signs = True
        return spanned or signs

    def _with(self, rows: Sequence[int], groups: Sequence[Sequence[int]]) -> Grid:
        """The grid of these rows, with each group of columns as one column."""
        grid = Grid([[""] * len(groups) for _ in rows])
        simple = not self.heads and not self.placed
        seen: set[Place] = set()
        for number, row in enumerate(rows):
            if simple and row not in self._spanned_rows:
                cells = self.rows[row]
                grid.rows[number] = [_joined([cells[one] for one in group]) for group in groups]
                continue
            for new_column, group in enumerate(groups):
                places = dict.fromkeys(self.origin(row, column) for column in group)
                unseen = [place for place in places if place not in seen]
                seen.update(unseen)
                if unseen:
                    self._put_joined(grid, (number, new_column), unseen, rows, groups)
        return grid

    def _put_joined(
        self,
        grid: Grid,
        at: Place,
        cells: Sequence[Place],
        rows: Sequence[int],
        groups: Sequence[Sequence[int]],
    ) -> None:
        """Put cells that became one into another grid, with the span of the one that has text."""
        words = [self.text(*place) for place in cells]
        place = next((p for p, text in zip(cells, words, strict=True) if text), cells[0])
        down, right = self.spans.get(place, (1, 1))
        covered = range(place[1], place[1] + right)
        grid.put(
            *at,
            _joined(words),
            rows=sum(place[0] <= row < place[0] + down for row in rows) if down > 1 else 1,
            columns=sum(any(column in covered for column in group) for group in groups),
            head=any(cell in self.heads for cell in cells),
            placed=[word for cell in cells for word in self.placed.get(cell, ())],
        )


def _joined(words: Sequence[str]) -> str:
    """The texts of joined cells; a closing sign follows its figure directly."""
    words = [word for word in words if word]
    text = words[0] if words else ""
    for previous, word in pairwise(words):
        tight = word[0] in ")%" or previous.endswith("(")
        text += word if tight else f" {word}"
    return text
