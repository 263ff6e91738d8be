"""Numbers that Word counts by itself are read, if they name a place in the document."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.text.paragraph import Paragraph

from tests.readers.office.test_docx import W, saved
from tests.readers.packages import changed
from tests.readers.reading import blocks, covers, document


def level(number: int, shown: str, form: str = "decimal", more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'{more}<w:lvlText w:val="{shown}"/></w:lvl>'
    )


def numbering(*levels: str, overrides: str = "") -> str:
    """Two lists, 1 and 2, that share these levels; the overrides are those of list 2."""
    rules = f'<w:abstractNum w:abstractNumId="7">{"".join(levels)}</w:abstractNum>'
    lists = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="7"/>{inner}</w:num>'
        for number, inner in ((1, ""), (2, overrides))
    )
    return f"<w:numbering {W}>{rules}{lists}</w:numbering>"


def listed(*paragraphs: tuple[int, str], list_id: int = 1, style: str | None = None) -> bytes:
    """A document of paragraphs, each with its level in a list."""
    word = docx.Document()
    for number, text in paragraphs:
        put_in_list(word.add_paragraph(text, style=style), list_id, number)
    return saved(word)


def put_in_list(paragraph: Paragraph, list_id: int, number: int) -> None:
    place = f'<w:numPr {W}><w:ilvl w:val="{number}"/><w:numId w:val="{list_id}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(place))


def texts(data: bytes, rules: str) -> list[str]:
    doc = document("a.docx", changed(data, "word/numbering.xml", rules))
    assert covers(doc)
    return [text for _, text in blocks(doc)]


CLAUSES = (
    level(0, "Article %1.", "upperRoman"),
    level(1, "%1.%2", more="<w:isLgl/>"),
    level(2, "(%3)", "lowerLetter"),
)


def test_clauses_have_the_numbers_that_the_pages_show() -> None:
    """Each level begins again after the one above it."""
    data = listed(
        (0, "Fees"), (1, "The fee is 40 euros."), (2, "in cash"), (2, "by card"), (1, "No refunds.")
    )
    assert texts(data, numbering(*CLAUSES)) == [
        "Article I. Fees",
        "1.1 The fee is 40 euros.",
        "(a) in cash",
        "(b) by card",
        "1.2 No refunds.",
    ]


def test_a_list_goes_on_in_another_one_unless_that_begins_anew() -> None:
    """Word does this for lists with the same rules."""
    word = docx.Document()
    for list_id in (1, 2, 2, 1):
        put_in_list(word.add_paragraph("Fees"), list_id, 0)
    goes_on = texts(saved(word), numbering(*CLAUSES))
    assert goes_on == [f"Article {numeral}. Fees" for numeral in ("I", "II", "III", "IV")]
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="9"/></w:lvlOverride>'
    anew = texts(saved(word), numbering(*CLAUSES, overrides=override))
    assert anew == [f"Article {numeral}. Fees" for numeral in ("I", "IX", "X", "XI")]


def test_headings_have_their_numbers_by_style() -> None:
    """A style names the list, and the list names the style of each level."""
    word = docx.Document()
    place = parse_xml(f'<w:numPr {W}><w:numId w:val="1"/></w:numPr>')
    for number in (1, 2):
        style = word.styles[f"Heading {number}"]
        style.element.get_or_add_pPr().append(parse_xml(place.xml))
    for text, number in (("Scope", 1), ("Area", 2), ("Time", 2), ("Fees", 1)):
        word.add_heading(text, number)
    rules = numbering(
        level(0, "%1.", more='<w:pStyle w:val="Heading1"/>'),
        level(1, "%1.%2", more='<w:pStyle w:val="Heading2"/>'),
    )
    assert texts(saved(word), rules) == ["1. Scope", "1.1 Area", "1.2 Time", "2. Fees"]


def test_the_numbers_of_steps_and_bullets_are_left_out() -> None:
    """They name no place, and other formats don't have them as text either."""
    steps = listed((0, "Open the tap."), (0, "Close the tap."), (1, "Wait."))
    assert texts(steps, numbering(level(0, "%1."), level(1, "%2)", "lowerLetter"))) == [
        "Open the tap.",
        "Close the tap.",
        "Wait.",
    ]
    bullets = numbering(level(0, "•", "bullet"), level(1, "–", "bullet"))
    assert texts(steps, bullets) == ["Open the tap.", "Close the tap.", "Wait."]


def test_a_number_in_a_cell_stands_in_its_row() -> None:
    """Rows of a table may be numbered, too."""
    word = docx.Document()
    table = word.add_table(3, 2)
    for row, cells in enumerate((("Rule", "Fine"), ("Parking", "40"), ("Speeding", "80"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
        if row:
            put_in_list(table.cell(row, 0).paragraphs[0], 1, 0)
    rows = texts(saved(word), numbering(level(0, "§ %1")))
    assert rows == ["Rule | Fine", "§ 1 Parking | 40", "§ 2 Speeding | 80"]


@pytest.mark.parametrize("rules", ["<broken", f"<w:numbering {W}/>"])
def test_without_rules_the_text_is_read_without_numbers(rules: str) -> None:
    """A damaged part doesn't cost the document."""
    assert texts(listed((0, "Fees")), rules) == ["Fees"]


def test_every_kind_of_number_is_counted_as_word_does(data: Path) -> None:
    """In this file of another project, the text of each paragraph is the number it should have."""
    path = next((data / "torture").rglob("testWORD_override_list_numbering.docx"))
    content = blocks(document(path.name, path.read_bytes()))
    items = [text.split() for kind, text in content if kind == "item" and text != "·"]
    assert len(items) == 43
    assert all(number == words for number, words in items)
