"""Tables in a passage are drawn as tables, without changing a character."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.types import Lead, Passage, Span
from chatbot.web.html.highlights import excerpt
from tests.building import write
from tests.doors import application
from tests.hostile import HOSTILE, assert_inert
from tests.markup import select
from tests.web.answers import answered, cited, letters, passage_html, shown
from tests.web.events import run

PRICES = "Country | System | Price\nChina | S-400 | 3\nIndia | S-400 | 5"
NAMES = "Country | System | Price"
SHEET = "| Country | System | Price |\n|---|---|---|\n| China | Buk | 3 |\n| India | Tor | 5 |\n"


def rows(html: str, tag: str = "tr") -> list[str]:
    """The text of each row or cell; a cell's text ends with its separator."""
    return [element.text for element in select(html, tag)]


def drawn(text: str, evidence: Span | None = None, question: str = "", *heads: str) -> str:
    spans = [Span(text.index(head), text.index(head) + len(head)) for head in heads]
    return passage_html(excerpt(text, evidence, question, letters), spans)


def cited_row(text: str, quote: str, *heads: str, lead: Sequence[str] = ()) -> str:
    """An answer with `quote` as its best sentence; the passage begins at offset 10."""
    place = text.index(quote)
    spans = tuple(Span(10 + text.index(h), 10 + text.index(h) + len(h)) for h in heads)
    lines = tuple(Lead(Span(0, len(line)), line) for line in lead)
    passage = Passage(
        "d#0", "d", 0, text, Span(10, 10 + len(text)), (), (), lead=lines, heads=spans
    )
    span = Span(10 + place, 10 + place + len(quote))
    return shown(answered("strong", cited("d", passage=passage, span=span, quote=quote)))


def test_rows_are_drawn_as_a_table_below_their_header() -> None:
    """Every cell is kept, and screen readers learn which cells are headers."""
    html = drawn(PRICES, None, "", NAMES)
    assert rows(html, "th") == ["Country | ", "System | ", "Price\n"]
    assert rows(html, "td") == ["China | ", "S-400 | ", "3\n", "India | ", "S-400 | ", "5"]
    assert {element.attributes["scope"] for element in select(html, "th")} == {"col"}


def test_text_around_a_table_stays_text() -> None:
    """The order of the document is kept."""
    html = drawn(f"What was sold:\n\n{PRICES}\n\nNothing else.")
    assert [element.text.strip() for element in select(html, "p")] == [
        "What was sold:",
        "Nothing else.",
    ]
    assert len(rows(html)) == 3


@pytest.mark.parametrize(
    "text",
    [
        "One row | alone",
        "a | b\nc | d | e",
        "a | b\n\nc | d",
        "x|y\nz|w",
        "a || b\nc || d",
        "either | or is a choice.",
        "",
    ],
)
def test_an_irregular_table_stays_text(text: str) -> None:
    """A table needs two rows, with equally many cells."""
    html = drawn(text)
    assert select(html, "table") == []
    assert [element.text for element in select(html, "p")] == [text]


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("a | | c\nd | e | f", [["a", "", "c"], ["d", "e", "f"]]),
        ("a | b |\nd | e | f", [["a", "b", ""], ["d", "e", "f"]]),
        ("| b | c\nd | e | f", [["", "b", "c"], ["d", "e", "f"]]),
    ],
    ids=["in the middle", "at the end", "at the beginning"],
)
def test_an_empty_cell_keeps_its_column(text: str, table: list[list[str]]) -> None:
    """It may be at the start, in the middle or at the end of a row."""
    html = drawn(text)
    elements = [*select(html, "th"), *select(html, "td")]
    cells = [element.text.replace("|", "").strip() for element in elements]
    assert cells == [cell for row in table for cell in row]


def test_the_row_that_answers_is_marked_cell_by_cell() -> None:
    """The marks together are the whole row, and words of the question are bold."""
    row = "India | S-400 | 5"
    start = PRICES.index(row)
    html = drawn(PRICES, Span(start, start + len(row)), "What did India pay?")
    assert "".join(element.text for element in select(html, "mark")) == row
    assert [element.text for element in select(html, "b")] == ["India"]


@given(
    st.lists(st.sampled_from(["a | b", "c | <d>", "| e", "f |", "plain", "", "a | b | &"])),
    st.integers(0, 30),
    st.integers(1, 30),
)
def test_no_table_like_text_changes_a_word(lines: list[str], start: int, length: int) -> None:
    """Text and evidence stay complete and in order."""
    text = "\n".join(lines)
    start = min(start, max(len(text) - 1, 0))
    span = Span(start, min(start + length, len(text)))
    for heads in ((), tuple(line for line in lines[:3] if line)):
        html = drawn(text, span, "plain", *heads)
        assert_inert(html)
        (whole,) = select(html, kind="passage")
        assert whole.text == text
        assert "".join(element.text for element in select(html, "mark")) == span.of(text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_cell_is_text(text: str) -> None:
    """This holds in the card and in the best sentence."""
    row = f"{' '.join(text.split())} | 1"
    html = cited_row(f"Name | Number\n{row}\nOther | 2", row, "Name | Number")
    assert_inert(html)
    assert row in select(html, "blockquote")[0].text


def test_the_best_row_stands_below_the_names_of_its_columns() -> None:
    """Figures mean little without their column names."""
    (best,) = select(cited_row(PRICES, "India | S-400 | 5", NAMES), "blockquote")
    assert best.text == "Country | System | Price\nIndia | S-400 | 5"


def test_a_row_of_a_continued_table_stands_below_the_names_that_came_before() -> None:
    """The passage has none of the header rows; all of them are shown above it and above the row."""
    text = "Peru | Buk | seven\nChile | Tor | six"
    html = cited_row(text, "Chile | Tor | six", lead=["In 2024", NAMES])
    heads = [element.text for element in select(html, "thead")]
    assert [head for head in heads if head.startswith("In 2024")] == [
        "In 2024CountrySystemPrice"
    ] * 2
    (best,) = select(html, "blockquote")
    assert best.text == "In 2024CountrySystemPriceChile | Tor | six"


def test_a_row_stands_below_the_name_of_its_own_group() -> None:
    """A later group replaces the earlier one, and the names of the columns stay."""
    text = f"{NAMES}\nAsia\nChina | Buk | 3\nAmerica\nPeru | Tor | 6\nChile | Tor | 7"
    (best,) = select(cited_row(text, "Peru | Tor | 6", NAMES, "Asia", "America"), "blockquote")
    assert best.text == f"{NAMES}\nAmerica\nPeru | Tor | 6\n"


def test_columns_of_figures_are_aligned_at_their_end() -> None:
    """A column with a few words among its figures is one, too."""
    html = drawn(
        "Item | Sold | Share | Note\nTents | $ 1,200 | (4 %) | good\nBoats | none | 12.5% | ok",
        None,
        "",
        "Item | Sold | Share | Note",
    )
    figures = [element.text for element in select(html, kind="figure")]
    assert figures == ["Share | ", "(4 %) | ", "12.5% | "]


def test_a_sheet_of_the_corpus_is_shown_as_a_table(settings: Settings) -> None:
    """The test goes from the file to the card."""
    write(settings.corpus, {"sales.md": f"# Sales\n\n{SHEET}"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        data = run(client, "page_answer", {"question": "What was the price of Tor?"})
    (card,) = select(data["html"], "li", kind="card")
    assert "Country | System | Price" in card.text
    (passage,) = select(data["html"], "div", kind="passage")
    assert passage.text.split("\n") == [
        "Country | System | Price",
        "China | Buk | 3",
        "India | Tor | 5",
    ]
