"""PDF tables with known cells, judged cell by cell: `python -m tests.benchmarks.printed_tables`.

Chromium prints tables of many shapes and styles: lines around all cells, lines between rows only,
no lines, stripes; wrapped and empty cells, two header rows, groups of rows, amounts with their
signs, tables over several pages. A cell is right if it is read in a row with the name of its row,
under all names of its column. The command prints the share of right cells by style, and how many
tables have at least 90 % of their cells right.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable
from html import escape
from typing import Final, NamedTuple

from chatbot.readers import RawFile, read
from chatbot.types import Document
from tests.serving import chromium

TABLES: Final = 64
RIGHT: Final = 0.9
STYLES: Final = {
    "all lines": "td, th { border: 1px solid black }",
    "lines between rows": "tr { border-bottom: 1px solid black }",
    "no lines": "",
    "stripes": "tr:nth-child(odd) { background: #ddd }",
}
_PAGE: Final = (
    "<meta charset=utf-8><style>body {{ font: 10pt Arial }} table {{ border-collapse: collapse }} "
    "td, th {{ padding: 3px 9px; text-align: left; vertical-align: top; max-width: 130px }} "
    "td.figure {{ text-align: right }} {style}</style>"
    "<p>The table below was printed for this test, and these words stand above it.</p>{table}"
    "<p>These words stand below the table and close the page with a full sentence.</p>"
)
_FIGURE: Final = " class=figure"
_SYLLABLES: Final = "ba ce di fo gu ha ki lo mu ne pa ri so tu va we".split()


class Printed(NamedTuple):
    """A table: its HTML, and its cells as names of the column, name of the row, text."""

    style: str
    html: str
    cells: list[tuple[tuple[str, ...], str, str]]


def main() -> None:
    """Print, read, and judge."""
    shares: defaultdict[str, list[float]] = defaultdict(list)
    with chromium() as browser:
        page = browser.new_page()
        for number in range(TABLES):
            table = printed(number)
            page.set_content(table.html)
            (document,) = read(RawFile("a.pdf", page.pdf(format="A4")))
            assert isinstance(document, Document)
            share = right_share(document, table)
            shares[table.style].append(share)
            if share < RIGHT:
                print(f"table {number} ({table.style}): {share:.0%} of {len(table.cells)} cells")
    every = [share for style in shares.values() for share in style]
    for style, values in shares.items():
        print(f"{sum(values) / len(values):6.1%} of cells in {len(values)} tables, {style}")
    enough = sum(share >= RIGHT for share in every)
    print(f"{enough} of {len(every)} tables with {RIGHT:.0%} of their cells under the right names")
    sys.exit(enough < RIGHT * len(every))


def printed(seed: int) -> Printed:
    """A table by its number; the same number gives the same table."""
    chance = random.Random(seed)
    style = list(STYLES)[seed % len(STYLES)]

    def word() -> str:
        return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 3))).capitalize()

    columns = chance.randint(3, 8)
    names = [f"{word()} {number}" for number in range(columns)]
    groups = chance.random() < 0.3 and columns > 4 and columns % 2
    head = "<tr>" + "".join(f"<th>{name}</th>" for name in names) + "</tr>"
    paths: list[tuple[str, ...]] = [(name,) for name in names]
    if groups:
        years = [str(2020 + n) for n in range(columns // 2)]
        kinds = [names[1], names[2]] * len(years)
        over = "".join(f"<th colspan=2>{year}</th>" for year in years)
        below = "".join(f"<th>{kind}</th>" for kind in kinds)
        head = f"<tr><th></th>{over}</tr><tr><th>{names[0]}</th>{below}</tr>"
        paths = [(names[0],), *((years[n // 2], kind) for n, kind in enumerate(kinds))]
    texts = [_texts(chance, word, columns) for _ in range(chance.choice((5, 9, 20, 60)))]
    body, cells = "", []
    for row in texts:
        drawn = [f"<td{_FIGURE * text[-1:].isdigit()}>{escape(text)}</td>" for text in row]
        body += f"<tr>{''.join(drawn)}</tr>"
        cells += [(paths[n], row[0], text) for n, text in enumerate(row) if n and text]
    table = f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"
    return Printed(style, _PAGE.format(style=STYLES[style], table=table), cells)


def _texts(chance: random.Random, word: Callable[[], str], columns: int) -> list[str]:
    """The cells of a row: a name, sometimes a long one, then figures, words and gaps."""
    name = " ".join(word() for _ in range(chance.choice((1, 1, 2, 6))))
    row = [f"{name} {chance.randint(100, 999)}"]
    for column in range(1, columns):
        kind = (column + chance.choice((0, 0, 0, 1))) % 4
        figure = f"{chance.randint(1, 9999):,}"
        choices = (figure, f"$ {figure}", word(), f"({figure})")
        row.append("" if chance.random() < 0.12 else choices[kind])
    return row


def right_share(document: Document, table: Printed) -> float:
    """The share of a table's cells that are read under their names."""
    found: set[tuple[tuple[str, ...], str, str]] = set()
    heads: list[list[str]] = []
    last = ""
    for block in document.blocks:
        if block.kind not in ("row", "header_row"):
            heads = []
            continue
        cells = [cell.strip() for cell in block.span.of(document.text).split("|")]
        if block.kind == "header_row":
            heads = [*heads, cells] if last == "header_row" else [cells]
        else:
            for column, text in enumerate(cells):
                path = tuple(head[column] for head in heads if column < len(head) and head[column])
                found.add((path, cells[0], text))
        last = block.kind
    return sum(cell in found for cell in table.cells) / len(table.cells)


if __name__ == "__main__":
    main()
