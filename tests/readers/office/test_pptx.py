"""PPTX: each slide is a page under its title, with its tables, charts and notes."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.presentation import Presentation
from pptx.util import Inches

from chatbot.chunking import chunk
from chatbot.types import Document
from tests.readers.packages import changed
from tests.readers.reading import blocks, covers, document, furniture, reason

TITLE, TITLE_AND_TEXT, TITLE_ONLY, BLANK = 0, 1, 5, 6
BOX = (Inches(1), Inches(2), Inches(4), Inches(2))


def saved(deck: Presentation) -> bytes:
    out = BytesIO()
    deck.save(out)
    return out.getvalue()


def show(*titles: str) -> Presentation:
    """A presentation with one slide for each title, each with one bullet."""
    deck = pptx.Presentation()
    for title in titles:
        slide = deck.slides.add_slide(deck.slide_layouts[TITLE_AND_TEXT])
        slide.placeholders[0].text_frame.text = title
        slide.placeholders[1].text_frame.text = f"about {title}"
    return deck


def passages(doc: Document) -> list[tuple[tuple[str, ...], tuple[int, ...], str]]:
    """Section, pages and text of each passage; words count as tokens."""
    cut = chunk(doc, count_tokens=lambda texts: [len(t.split()) for t in texts], budget=50)
    return [(passage.section, passage.pages, passage.text) for passage in cut]


def test_each_slide_is_a_page_under_its_title() -> None:
    """A passage knows its slide, though every page begins with a heading."""
    doc = document("a.pptx", saved(show("Fleet", "Crews", "Costs")))
    assert passages(doc) == [
        ((), (1,), "about Fleet"),
        (("Crews",), (2,), "about Crews"),
        (("Costs",), (3,), "about Costs"),
    ]
    assert [page.of(doc.text).split()[0] for page in doc.pages] == ["Fleet", "Crews", "Costs"]
    assert (doc.title, covers(doc)) == ("Fleet", True)


def test_a_paragraph_that_has_no_bullet_is_no_item() -> None:
    """A paragraph in a text box isn't one either, unless it declares a bullet."""
    deck = show("Fleet")
    deck.slides[0].placeholders[1].text_frame.paragraphs[0]._p.get_or_add_pPr().append(
        parse_xml(f"<a:buNone {nsdecls('a')}/>")
    )
    box = deck.slides[0].shapes.add_textbox(*BOX).text_frame
    box.text = "plain\nmarked"
    box.paragraphs[1]._p.get_or_add_pPr().append(parse_xml(f'<a:buChar {nsdecls("a")} char="-"/>'))
    assert blocks(document("a.pptx", saved(deck)))[1:] == [
        ("paragraph", "about Fleet"),
        ("paragraph", "plain"),
        ("item", "marked"),
    ]


def test_slides_come_in_presentation_order() -> None:
    """The order of the files may differ."""
    deck = show("First", "Second")
    order = deck.slides._sldIdLst
    order.append(order[0])
    doc = document("a.pptx", saved(deck))
    assert [text for kind, text in blocks(doc) if kind == "heading"] == ["Second", "First"]


def test_a_slide_without_a_title_is_headed_by_its_number() -> None:
    """Otherwise its text would belong to the slide before; an empty slide is still a page."""
    deck = show("Fleet")
    deck.slides.add_slide(deck.slide_layouts[BLANK])
    slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
    slide.shapes.add_textbox(*BOX).text_frame.text = "Some words."
    doc = document("a.pptx", saved(deck))
    assert passages(doc)[1:] == [(("Slide 3",), (3,), "Some words.")]
    assert len(doc.pages) == 3


def test_notes_stand_after_their_slide_on_the_same_page() -> None:
    """They have their own heading, in the section of the slide."""
    deck = show("Fleet", "Crews")
    deck.slides[0].notes_slide.notes_text_frame.text = "Say hello.\nThen begin."
    doc = document("a.pptx", saved(deck))
    assert blocks(doc)[:5] == [
        ("heading", "Fleet"),
        ("item", "about Fleet"),
        ("heading", "Notes"),
        ("paragraph", "Say hello."),
        ("paragraph", "Then begin."),
    ]
    assert (("Notes",), (1,), "Say hello.\n\nThen begin.") in passages(doc)
    assert passages(doc)[-1] == (("Crews",), (2,), "about Crews")


def test_tables_groups_and_boxes_are_read() -> None:
    """Groups are searched, merged cells give their text once, and a text box has no bullets."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    slide.shapes.title.text_frame.text = "Ships"
    group = slide.shapes.add_group_shape()
    group.shapes.add_group_shape().shapes.add_textbox(*BOX).text_frame.text = "deep"
    table = slide.shapes.add_table(3, 3, *BOX).table
    for place, words in enumerate(["Ship", "Crew", "Year"]):
        table.cell(0, place).text = words
    table.cell(1, 0).text, table.cell(1, 1).text, table.cell(1, 2).text = "Varyag", "480", "1983"
    table.cell(2, 0).merge(table.cell(2, 1))
    table.cell(2, 0).text, table.cell(2, 2).text = "none", "1990"
    table.cell(2, 1).text = "covered"
    doc = document("a.pptx", saved(deck))
    assert blocks(doc) == [
        ("heading", "Ships"),
        ("paragraph", "deep"),
        ("header_row", "Ship | Crew | Year"),
        ("row", "Varyag | 480 | 1983"),
        ("row", "none | | 1990"),
    ]


def test_an_arrow_of_the_font_wingdings_is_read() -> None:
    """PowerPoint writes "-->" as a private character of that font."""
    deck = show("Gas")
    run: Any = deck.slides[0].placeholders[1].text_frame.paragraphs[0].add_run()
    run.text = " \uf0e0 à la carte"
    run._r.get_or_add_rPr().append(parse_xml(f'<a:sym {nsdecls("a")} typeface="Wingdings"/>'))
    assert blocks(document("a.pptx", saved(deck)))[1] == ("item", "about Gas → à la carte")


def test_a_chart_becomes_its_data_table() -> None:
    """Its title comes first, then a row for each category, with plain figures."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    slide.shapes.title.text_frame.text = "Exports"
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2019", "2020"]
    data.add_series("Gas", (4.3, 2.0))
    data.add_series("Oil", (0.1 + 0.2, None))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.chart_title.text_frame.text = "In billions"
    assert blocks(document("a.pptx", saved(deck))) == [
        ("heading", "Exports"),
        ("paragraph", "In billions"),
        ("header_row", "| Gas | Oil"),
        ("row", "2019 | 4.3 | 0.3"),
        ("row", "2020 | 2 |"),
    ]


def test_footers_and_numbers_of_slides_are_furniture() -> None:
    """Text repeated on each slide is listed and never retrieved."""
    deck = show("Fleet")
    layout: Any = deck.slide_layouts[TITLE_AND_TEXT]
    (footer,) = (
        place._element
        for place in layout.placeholders
        if place.placeholder_format.type is PP_PLACEHOLDER.FOOTER
    )
    footer.txBody.p_lst[0].add_r().text = "Confidential"
    deck.slides[0].shapes._spTree.append(footer)
    doc = document("a.pptx", saved(deck))
    assert furniture(doc) == [("boilerplate", "Confidential")]
    assert blocks(doc) == [("heading", "Fleet"), ("item", "about Fleet")]


def test_properties_are_metadata() -> None:
    """A title that a person wrote counts; a program's default doesn't."""
    deck = show("Fleet")
    core = deck.core_properties
    core.title, core.author, core.modified = (
        "Briefing",
        "Jane Doe",
        datetime(2021, 5, 6, tzinfo=UTC),
    )
    doc = document("a.pptx", saved(deck))
    assert (doc.title, doc.metadata.author) == ("Briefing", "Jane Doe")
    assert doc.metadata.date == "2021-05-06"
    core.title = "PowerPoint Presentation"
    assert document("a.pptx", saved(deck)).title == "Fleet"


def test_a_presentation_without_a_title_is_named_by_its_first_words() -> None:
    """The number of the first slide is never the title; without any words it's the file's name."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
    table = slide.shapes.add_table(1, 2, *BOX).table
    table.cell(0, 0).text = "x"
    assert document("folder/sales 2020.pptx", saved(deck)).title == "sales 2020"
    slide.shapes.add_textbox(*BOX).text_frame.text = "In short"
    assert document("a.pptx", saved(deck)).title == "In short"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (saved(show("x"))[:9000], "damaged: its parts can't be listed"),
        (
            changed(saved(show("x", "y")), "ppt/slides/slide2.xml", None),
            "damaged: a slide is missing",
        ),
        (
            changed(saved(show("x", "y")), "ppt/slides/slide2.xml", "<p:sld"),
            "damaged: ppt/slides/slide2.xml is not valid XML",
        ),
        (saved(pptx.Presentation()), "no text"),
    ],
    ids=["cut", "slide missing", "slide damaged", "empty"],
)
def test_a_presentation_without_text_gives_a_reason(data: bytes, why: str) -> None:
    """The reason tells the owner what is wrong; no slide is dropped silently."""
    assert reason("a.pptx", data).startswith(why)


def test_words_that_a_layout_draws_are_read_once() -> None:
    """Before the notes of the first slide that shows them; prompts of placeholders aren't."""
    show = pptx.Presentation()
    layout = show.slide_layouts[6]
    note = show.slides.add_slide(layout).shapes.add_textbox(0, 0, 900_000, 900_000)
    note.text_frame.text = "Emergency number: 112"
    layout._element.cSld.spTree.append(note._element)  # moved from the slide to the layout
    second = show.slides.add_slide(layout)
    second.shapes.add_textbox(0, 0, 900_000, 900_000).text_frame.text = "The dock closes at nine"
    show.slides[0].notes_slide.notes_text_frame.text = "Welcome all."
    stream = BytesIO()
    show.save(stream)
    assert [text for _, text in blocks(document("dock.pptx", stream.getvalue()))] == [
        "Slide 1", "Emergency number: 112", "Notes", "Welcome all.", "Slide 2",
        "The dock closes at nine",
    ]  # fmt: skip
