"""Tables of PDF files: with drawn lines and without, on one page and on several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from chatbot.chunking import chunk
from tests.readers.pdfs import Words, drawn_lines, lines, pdf
from tests.readers.reading import blocks, covers, document

LEFTS: Final = (72, 230, 330, 430)
RIGHTS: Final = (*LEFTS[1:], 530)
HEAD: Final = ("Effect", "Group one", "Group two", "Group three")
PROSE: Final = [
    "The council met in the old hall and heard the report of the harbour master,",
    "who had counted every boat between the two bridges since the first of May.",
]


def cell(row: int, column: int, text: str, *, step: int = 20, top: int = 700) -> Words:
    return Words(LEFTS[column] + 4, top - step * row + 6, text)


def rows_of(texts: Sequence[Sequence[str]], *, step: int = 20, top: int = 700) -> list[Words]:
    return [
        cell(row, column, text, step=step, top=top)
        for row, line in enumerate(texts)
        for column, text in enumerate(line)
        if text
    ]


def grid_lines(rows: int, *, step: int = 20, top: int = 700, across: Sequence[int] = ()) -> str:
    """The lines of a table; rows in `across` have no lines between their columns."""
    low = top - step * (rows - 1)
    lines_across = [
        (LEFTS[0], top + step - step * n, RIGHTS[-1], top + step - step * n)
        for n in range(rows + 1)
    ]
    lines_down = [
        (x, top - step * row, x, top + step - step * row)
        for row in range(rows)
        for x in (*LEFTS, RIGHTS[-1])
        if row not in across or x in (LEFTS[0], RIGHTS[-1])
    ]
    assert low > 0
    return drawn_lines([*lines_across, *lines_down])


def test_a_drawn_cell_of_two_lines_is_one_cell() -> None:
    """The other cells of its row stand between its lines."""
    texts = [
        HEAD,
        ("Dizziness", "Rare", "Common", "Rare"),
        ("", "Rare", "Common", "Unknown"),
        ("Cough", "Common", "Rare", "Rare"),
    ]
    words = rows_of(texts, step=30)
    words += [
        Words(76, 700 - 60 + 12, "Loss of hearing,"),
        Words(76, 700 - 60 + 1, "also for a day"),
    ]
    doc = document("a.pdf", pdf(words, drawing=grid_lines(4, step=30)))
    assert blocks(doc) == [
        ("header_row", "Effect | Group one | Group two | Group three"),
        ("row", "Dizziness | Rare | Common | Rare"),
        ("row", "Loss of hearing, also for a day | Rare | Common | Unknown"),
        ("row", "Cough | Common | Rare | Rare"),
    ]
    assert covers(doc)


def test_a_drawn_row_across_all_columns_heads_the_rows_below_it() -> None:
    """A line between columns is missing only there."""
    texts = [
        HEAD,
        ("Eyes", "", "", ""),
        ("Dry", "Rare", "Rare", "Common"),
        ("Skin", "", "", ""),
        ("Rash", "Common", "Rare", "Rare"),
    ]
    doc = document("a.pdf", pdf(rows_of(texts), drawing=grid_lines(5, across=(1, 3))))
    assert blocks(doc)[1:] == [
        ("header_row", "Eyes"),
        ("row", "Dry | Rare | Rare | Common"),
        ("header_row", "Skin"),
        ("row", "Rash | Common | Rare | Rare"),
    ]


def test_a_table_without_lines_keeps_its_empty_cells() -> None:
    """Each printed line is a row."""
    texts = [
        ("Part", "Shelf", "Stock", "Sold"),
        ("Bolt", "", "638", ""),
        ("", "B", "", "12"),
        ("Nut", "C", "", "7"),
        ("Gear", "", "41", "9"),
    ]
    doc = document("a.pdf", pdf(rows_of(texts, step=14)))
    assert blocks(doc) == [
        ("header_row", "Part | Shelf | Stock | Sold"),
        ("row", "Bolt | | 638 |"),
        ("row", "| B | | 12"),
        ("row", "Nut | C | | 7"),
        ("row", "Gear | | 41 | 9"),
    ]
    assert covers(doc)


@pytest.mark.parametrize("repeats", [1, 0], ids=["names repeated", "names not repeated"])
def test_a_table_that_goes_on_on_the_next_page_keeps_its_names(repeats: int) -> None:
    """Whether or not the next page repeats them."""
    records = [(f"Ship {n}", f"{n} m", f"{n} t", f"{n} kn") for n in range(10, 80)]
    names = ("Name", "Length", "Weight", "Speed")
    first = [names, *records[:40]]
    second = [*[names] * repeats, *records[40:]]
    doc = document("a.pdf", pdf(rows_of(first, step=14), rows_of(second, step=14)))
    assert [text for kind, text in blocks(doc) if kind == "row"] == [" | ".join(r) for r in records]
    passages = chunk(doc, count_tokens=lambda texts: [len(t.split()) for t in texts], budget=60)
    for passage in passages[1:]:
        heads = [line.text for line in passage.lead] + [head.of(doc.text) for head in passage.heads]
        assert "Name | Length | Weight | Speed" in heads


def test_two_columns_of_prose_are_not_a_table() -> None:
    """They stand side by side on every line."""
    left = [f"The left column has words of story {n} here." for n in "abcdefghij"]
    right = [f"Its other half tells of harbours {n} again." for n in "abcdefghij"]
    words = [*lines(72, 700, left), *lines(330, 700, right)]
    kinds = {kind for kind, _ in blocks(document("a.pdf", pdf(words)))}
    assert kinds <= {"paragraph", "heading"}


def test_leading_dots_are_no_cells() -> None:
    """They lead from a name to its figures."""
    texts = [
        ("Crime", "2010", "2011", "2012"),
        *((f"Kind {n} . . . .", f"{n}1", f"{n}2", f"{n}3") for n in range(1, 6)),
    ]
    doc = document("a.pdf", pdf(lines(72, 760, PROSE) + rows_of(texts, step=14)))
    assert ("row", "Kind 2 | 21 | 22 | 23") in blocks(doc)


def test_the_place_of_a_cell_is_its_place_on_the_page() -> None:
    """Every word of a row has its characters of the page."""
    doc = document(
        "a.pdf",
        pdf(
            rows_of([HEAD, *[("Ache", "1", "2", "3")] * 3]),
        ),
    )
    (row,) = {block.span for block in doc.blocks if block.kind == "row"} & {doc.blocks[1].span}
    runs = [run for run in doc.runs if row.start <= run.span.start < row.end]
    assert [run.span.of(doc.text) for run in runs] == ["Ache", "1", "2", "3"]
    assert all(run.page == 1 and run.chars.end > run.chars.start for run in runs)
