"""The data of charts as tables, from the values that a chart caches from its sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import Element, attribute, child, children, descendants
from chatbot.readers.office.drawn_text import paragraphs
from chatbot.readers.office.number_format import is_date, number_format
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import plain_figure, write_table

_MOST_POINTS: Final = 100_000
_DAY_ZERO: Final = {False: "1899-12-30", True: "1904-01-01"}
_LAST_DAY: Final = 2_958_466.0


def write_chart(writer: DocumentWriter, root: Element) -> None:
    """Append the data of a chart: its titles, and a table of categories and series.

    Series with other categories than those before them, as in scatter charts, have their own table.
    """
    for title in descendants(root, "title"):
        writer.add("paragraph", " ".join(_rich(title)))
    since_1904 = attribute(child(root, "date1904"), "val") in ("1", "true")
    series = [_Series(line, since_1904=since_1904) for line in descendants(root, "ser")]
    longest = max((line.categories for line in series), key=len, default=())
    for categories, lines in groupby(series, key=lambda line: line.table(longest)):
        members = list(lines)
        names = [line.name for line in members]
        columns = zip_longest(categories, *(line.values for line in members), fillvalue="")
        rows = [list(row) for row in columns]
        table = Grid([["", *names], *rows] if any(names) else rows)
        write_table(writer, table, headers=int(any(names)))


class _Series:
    """A series of a chart: its name, its categories or x values, and its values."""

    def __init__(self, line: Element, *, since_1904: bool) -> None:
        self.name = " ".join(_points(child(line, "tx")))
        self.categories = tuple(_points(_first(line, "cat", "xVal"), since_1904=since_1904))
        self.values = _points(_first(line, "val", "yVal"))

    def table(self, longest: Sequence[str]) -> Sequence[str]:
        """The categories of the table that this series belongs to."""
        own = self.categories
        return longest if tuple(longest[: len(own)]) == own else own


def _rich(title: Element) -> Iterator[str]:
    for body in descendants(title, "rich"):
        yield from paragraphs(body)
    yield from (words for words in _points(child(title, "tx")) if words)


def _first(series: Element, *names: str) -> Element | None:
    return next(children(series, *names), None)


def _points(data: Element | None, *, since_1904: bool = False) -> list[str]:
    """The cached values as the chart shows them, or the single literal value."""
    levels = list(descendants(data, "lvl")) if data is not None else []
    if levels:
        return _joined_levels([_level(level, since_1904=since_1904) for level in levels])
    points = _level(data, since_1904=since_1904)
    if not points:
        literal = child(data, "v")
        return [literal.text] if literal is not None and literal.text else []
    return [points.get(index, "") for index in range(max(points) + 1)]


def _level(data: Element | None, *, since_1904: bool) -> dict[int, str]:
    """The cached values by their number."""
    points: dict[int, str] = {}
    if data is None:
        return points
    caches = list(descendants(data, "numCache", "numLit"))
    code = child(caches[0], "formatCode") if caches else None
    common = (code.text or "") if code is not None else ""
    for point in descendants(data, "pt"):
        index = point.get("idx", "")
        value = (value.text or "") if (value := child(point, "v")) is not None else ""
        if index.isdigit() and int(index) < _MOST_POINTS:
            form = attribute(point, "formatCode") or common
            points[int(index)] = _shown(value, form, since_1904=since_1904) if caches else value
    return points


def _shown(value: str, code: str, *, since_1904: bool) -> str:
    """A figure or a date as a chart shows it, with all digits."""
    if is_date(code):
        try:
            days = float(value)
        except ValueError:
            return value
        if 0 <= days < _LAST_DAY:
            passed = timedelta(seconds=round(days * 86_400))
            day = datetime.fromisoformat(_DAY_ZERO[since_1904]) + passed
            return str(day.date()) if not days % 1 else day.isoformat(" ", "minutes")
    return number_format(code).shown(plain_figure(value))


def _joined_levels(levels: Sequence[dict[int, str]]) -> list[str]:
    """The names of categories in groups, such as "2025 Q1"; the file has the innermost level first.

    The name of a group is stored at its first category.
    """
    length = max((max(level, default=-1) for level in levels), default=-1) + 1
    names = [""] * length
    for depth, level in enumerate(levels):
        group = ""
        for index in range(length):
            group = level.get(index, group if depth else "")
            names[index] = f"{group} {names[index]}".strip()
    return names
