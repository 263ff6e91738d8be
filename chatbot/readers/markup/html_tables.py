"""Tables of HTML pages: which hold data and which only serve the layout, and their grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from selectolax.lexbor import LexborNode

from chatbot.readers.markup.html_nodes import hidden, words
from chatbot.readers.tables.grid import Grid
from chatbot.text.clean import one_line

# A table with these in a cell arranges the page.
_ARRANGES: Final = "h1, h2, h3, h4, h5, h6, pre, iframe, nav, article, section"
# So does one with these, unless its columns have names and few of its cells hold them.
_HOLDS_PARTS: Final = "table, form"
_BLOCKS: Final = "p, div, ul, ol"
# So does one with a cell longer than any value, or with mostly paragraphs of prose.
_LONGEST_CELL: Final = 1_500
_PROSE: Final = 200
_MOST_ROWS: Final = 65_534


def data_table(
    table: LexborNode, pictured: Callable[[LexborNode], Sequence[str]] = lambda _: ()
) -> Grid | None:
    """The grid of a table; None if it only arranges the page.

    Cells may hold paragraphs and lists, as those of filings, wikis and mails do. `pictured` reads
    the words of a picture in a cell.
    """
    if (table.attributes.get("role") or "").lower() in ("presentation", "none"):
        return None
    rows = [row for row in _rows(table) if not hidden(row)]
    cells = [[cell for cell in row.iter() if cell.tag in ("td", "th")] for row in rows]
    every = [cell for row in cells for cell in row]
    named = any(cell.tag == "th" for cell in every)
    if max(map(len, cells), default=0) < 2 - named or any(map(_arranges, every)):
        return None
    parts = sum(cell.css_first(_HOLDS_PARTS) is not None for cell in every)
    if parts and (not named or 3 * parts > len(every)):
        return None
    texts = [[one_line(words(cell)) for cell in row] for row in cells]
    if any(len(text) > _LONGEST_CELL for row in texts for text in row) or (
        any(cell.css_first(_BLOCKS) for cell in every)
        and (len(rows) < 2 or _is_prose([text for row in texts for text in row]))
    ):
        return None
    grid = Grid()
    for number, row in enumerate(cells):
        grid.add_row()
        left = len(cells) - number
        for cell, text in zip(row, texts[number], strict=True):
            in_pictures = (line for picture in cell.css("img") for line in pictured(picture))
            grid.add(
                one_line(" ".join((text, *in_pictures))),
                rows=min(_count(cell, "rowspan") or left, left),
                columns=_count(cell, "colspan") or 1,
                head=cell.tag == "th",
            )
    return grid


def _arranges(cell: LexborNode) -> bool:
    return cell.css_first(_ARRANGES) is not None


def _is_prose(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return 2 * sum(len(text) > _PROSE for text in filled) > len(filled)


def header_rows(table: LexborNode) -> int | None:
    """The number of rows in the head of a table; None if it has no head."""
    rows = list(_rows(table))
    count = 0
    for row in rows:
        if row.parent is None or row.parent.tag != "thead":
            break
        count += 1
    return count or None


def captions(table: LexborNode) -> Iterator[str]:
    """The captions of a table."""
    for node in table.iter():
        if node.tag == "caption":
            yield one_line(words(node))


def link_share(table: LexborNode) -> float:
    """The share of a table's letters that are links."""
    letters = len(one_line(words(table)))
    linked = sum(len(one_line(words(link))) for link in table.css("a"))
    return linked / letters if letters else 0.0


def _rows(table: LexborNode) -> Iterator[LexborNode]:
    for node in table.iter():
        if node.tag == "tr":
            yield node
        elif node.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in node.iter() if row.tag == "tr")


def _count(cell: LexborNode, name: str) -> int:
    value = (cell.attributes.get(name) or "1").strip()
    return min(int(value), _MOST_ROWS) if value.isascii() and value.isdigit() else 1
