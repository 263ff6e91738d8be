"""Heads of PDF tables that are hard to read: on their side, or many."""

from __future__ import annotations

from tests.readers.pdfs import Words, drawn_lines, pdf
from tests.readers.reading import blocks, covers, document

NAMES = ("Tokyo", "Osaka", "Kyoto", "Sapporo")


def upright(text: str, left: float, up: float, size: float = 9) -> str:
    """The commands for text that runs upwards, with its baseline at `left`."""
    return f"BT /plain {size} Tf 0 1 -1 0 {left} {up} Tm ({text}) Tj ET\n"


def grid(lefts: list[float], ups: list[float]) -> str:
    return drawn_lines(
        [(left, ups[0], left, ups[-1]) for left in lefts]
        + [(lefts[0], up, lefts[-1], up) for up in ups]
    )


def test_heads_on_their_side_name_their_columns() -> None:
    """The values stand under them, and the first column's head is upright."""
    lefts = [72.0, 172.0, 212.0, 252.0, 292.0, 332.0]
    ups = [720.0, 650.0, 630.0, 610.0, 590.0]
    heads = "".join(upright(name, lefts[n + 1] + 24, 655) for n, name in enumerate(NAMES))
    words = [Words(76, 656, "Month", 9)]
    for row, month in enumerate(("May", "June", "July")):
        words.append(Words(76, 636 - 20 * row, month, 9))
        words += [
            Words(lefts[n + 1] + 8, 636 - 20 * row, str(100 * row + 11 * n), 9) for n in range(4)
        ]
    doc = document("a.pdf", pdf(words, drawing=grid(lefts, ups) + heads))
    assert blocks(doc) == [
        ("header_row", "Month | Tokyo | Osaka | Kyoto | Sapporo"),
        ("row", "May | 0 | 11 | 22 | 33"),
        ("row", "June | 100 | 111 | 122 | 133"),
        ("row", "July | 200 | 211 | 222 | 233"),
    ]
    assert covers(doc)


def test_twenty_columns_keep_their_heads() -> None:
    """They are narrow, and small."""
    lefts = [30.0 + 27.5 * n for n in range(21)]
    ups = [720.0 - 14 * n for n in range(5)]
    rows = [["Year", *(f"C{n}" for n in range(1, 20))]]
    rows += [[str(2020 + r), *(str(r * 100 + n) for n in range(1, 20))] for r in range(3)]
    words = [
        Words(left + 2, up - 10, text, 6)
        for row, up in zip(rows, ups[:-1], strict=True)
        for text, left in zip(row, lefts, strict=False)
    ]
    doc = document("a.pdf", pdf(words, drawing=grid(lefts, ups)))
    assert [text for _, text in blocks(doc)] == [" | ".join(row) for row in rows]
    assert blocks(doc)[0][0] == "header_row"


def test_twenty_columns_without_lines_keep_their_heads() -> None:
    """The gutters between them tell them apart."""
    rows = [["Year", *(f"C{n}" for n in range(1, 20))]]
    rows += [[str(2020 + r), *(str(r * 100 + n) for n in range(11, 30))] for r in range(4)]
    words = [
        Words(30 + 27.5 * n, 700 - 12 * r, text, 6)
        for r, row in enumerate(rows)
        for n, text in enumerate(row)
    ]
    doc = document("a.pdf", pdf(words))
    assert [text for _, text in blocks(doc)] == [" | ".join(row) for row in rows]
