"""Layouts of PDF tables that real files have: sums, groups of names, narrow gaps, drawings."""

from __future__ import annotations

from tests.readers.pdf.test_pdf_tables import HEAD, LEFTS, RIGHTS, cell, grid_lines, rows_of
from tests.readers.pdfs import Words, drawn_lines, pdf
from tests.readers.reading import blocks, covers, document, furniture


def test_a_line_over_a_sum_is_no_line_between_rows() -> None:
    """The rows inside one drawn row are told apart by their figures."""
    words = rows_of([("Group", "2010", "Group", "2011")], step=30)
    for number, row in enumerate([("North", "12", "South", "14"), ("East", "30", "West", "31")]):
        words += [cell(0, n, text, top=660 - 12 * number) for n, text in enumerate(row)]
    words += [cell(0, n, text, top=636) for n, text in ((1, "42"), (3, "45"))]
    down = [(x, 630, x, 720) for x in (*LEFTS, RIGHTS[-1])]
    across = [(72, y, 530, y) for y in (720, 690, 630)]
    sums = [(230, 650, 330, 650), (430, 650, 530, 650)]
    doc = document("a.pdf", pdf(words, drawing=drawn_lines([*down, *across, *sums])))
    assert [text for kind, text in blocks(doc) if kind == "row"] == [
        "North | 12 | South | 14",
        "East | 30 | West | 31",
        "| 42 | | 45",
    ]


def test_lines_of_words_in_a_drawn_cell_are_one_cell() -> None:
    """Three lines stand side by side in all cells, and none is a figure."""
    words = rows_of([HEAD], step=40)
    for number, text in enumerate(("July 1", "through", "Sept. 30")):
        words += [cell(0, n, text, top=675 - 11 * number) for n in range(4)]
    doc = document("a.pdf", pdf(words, drawing=grid_lines(2, step=40)))
    assert blocks(doc)[-1] == ("row", " | ".join(["July 1 through Sept. 30"] * 4))


def test_rows_in_a_drawn_row_are_parted_by_a_gap_in_all_cells() -> None:
    """The name of their group stands above them."""
    words = rows_of([HEAD], step=120)
    body = [("Family:", "", "", ""), ("Child", "Exempt", "Taxable", "Exempt")]
    body += [("", "", "if paid", ""), ("Spouse", "Withhold", "Exempt", "Exempt")]
    for row, up in zip(body, (675, 657, 646, 628), strict=True):
        words += [cell(0, n, text, top=up) for n, text in enumerate(row) if text]
    doc = document("a.pdf", pdf(words, drawing=grid_lines(2, step=120)))
    assert blocks(doc)[1:] == [
        ("header_row", "Family:"),
        ("row", "Child | Exempt | Taxable if paid | Exempt"),
        ("row", "Spouse | Withhold | Exempt | Exempt"),
    ]


def test_names_of_groups_stand_over_all_their_columns() -> None:
    """No line is drawn; the names of columns are wrapped, and one row's name is, too."""
    xs = (72, 200, 270, 340, 410)
    rows = [
        ((237, "Male"), (377, "Female")),
        ((200, "Under 18"), (270, "18 years"), (340, "Under 18"), (410, "18 years")),
        ((72, "Offence"), (200, "years"), (270, "and over"), (340, "years"), (410, "and over")),
        *(
            tuple(zip(xs, (name, *(str(n + m) for m in range(4))), strict=True))
            for name, n in (("Theft", 10), ("Arson", 20))
        ),
        ((72, "Driving under the"),),
        tuple(zip(xs, ("influence", "1", "2", "3", "4"), strict=True)),
        tuple(zip(xs, ("Vandalism", "5", "6", "7", "8"), strict=True)),
    ]
    words = [
        Words(left, 700 - 11 * number, text)
        for number, row in enumerate(rows)
        for left, text in row
    ]
    doc = document("a.pdf", pdf(words))
    assert blocks(doc) == [
        ("header_row", "| Male | Male | Female | Female"),
        (
            "header_row",
            "Offence | Under 18 years | 18 years and over | Under 18 years | 18 years and over",
        ),
        ("row", "Theft | 10 | 11 | 12 | 13"),
        ("row", "Arson | 20 | 21 | 22 | 23"),
        ("row", "Driving under the influence | 1 | 2 | 3 | 4"),
        ("row", "Vandalism | 5 | 6 | 7 | 8"),
    ]
    assert covers(doc)


def test_a_drawn_line_parts_columns_without_a_gap() -> None:
    """Words stand as close to the line as to their neighbours."""
    rows = [
        ("Over", "Excess", "Over", "Excess"),
        *((f"{n}1", f"{n}2", f"{n}3", f"{n}4") for n in "345"),
    ]
    words = [
        Words((72, 171, 206, 330)[column], 700 - 14 * number, text)
        for number, row in enumerate(rows)
        for column, text in enumerate(row)
    ]
    line = [(204, 640, 204, 720)]
    texts = [text for _, text in blocks(document("a.pdf", pdf(words, drawing=drawn_lines(line))))]
    assert texts[0] == "Over | Excess | Over | Excess"


def test_the_head_of_a_table_on_each_page_is_no_running_head() -> None:
    """It stands at the same place on both pages, and the lines of a table are around it."""
    pages = [rows_of([HEAD, ("Ache", f"{n}1", f"{n}2", f"{n}3")]) for n in "12"]
    doc = document("a.pdf", pdf(*pages, drawing=grid_lines(2)))
    assert furniture(doc) == []
    assert [kind for kind, _ in blocks(doc)] == ["header_row", "row"] * 2


def test_boxes_with_connectors_are_no_table() -> None:
    """Lines between them make no cells."""
    boxes = [(72, 600, 200, 700), (300, 640, 420, 720), (260, 520, 470, 590), (100, 480, 180, 560)]
    ends = [
        side
        for left, low, right, top in boxes
        for side in (
            (left, low, right, low),
            (left, top, right, top),
            (left, low, left, top),
            (right, low, right, top),
        )
    ]
    ends += [(200, 660, 300, 660), (360, 640, 360, 590), (180, 540, 260, 540), (140, 600, 140, 560)]
    words = [
        Words(left + 8, top - 16 * number, text)
        for left, _, _, top in boxes
        for number, text in ((1, "Element"), (2, "name of kind"))
    ]
    kinds = {kind for kind, _ in blocks(document("a.pdf", pdf(words, drawing=drawn_lines(ends))))}
    assert kinds <= {"paragraph", "heading"}


def test_small_dots_that_lead_to_figures_dont_part_words() -> None:
    """Most words of the line are dots of a smaller size."""
    rows = [
        ("Offence", "2010"),
        ("Motor vehicle theft", "12"),
        ("Other assaults", "31"),
        ("Arson", "9"),
    ]
    words: list[Words] = []
    for number, (name, figure) in enumerate(rows):
        up = 700 - 14 * number
        words += [Words(72, up, name), Words(300, up, figure), Words(360, up, figure)]
        if number:
            words.insert(-2, Words(180, up, " .".join([""] * 20), 2))
    assert ("row", "Motor vehicle theft | 12 | 12") in blocks(document("a.pdf", pdf(words)))
