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


def saved(made: Presentation) -> bytes:
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def show(*titles: str) -> Presentation:
    """A show with a slide for each title, which has a bullet of its own."""
    made = pptx.Presentation()
    for title in titles:
        slide = made.slides.add_slide(made.slide_layouts[TITLE_AND_TEXT])
        slide.placeholders[0].text_frame.text = title
        slide.placeholders[1].text_frame.text = f"about {title}"
    return made


def passages(found: Document) -> list[tuple[tuple[str, ...], tuple[int, ...], str]]:
    """Section, pages and text of each passage, cut by words."""
    cut = chunk(found, count_tokens=lambda texts: [len(t.split()) for t in texts], budget=50)
    return [(each.section, each.pages, each.text) for each in cut]


def test_each_slide_is_a_page_under_its_title() -> None:
    """A passage knows the slide it stands on, though every page begins with a heading."""
    found = document("a.pptx", saved(show("Fleet", "Crews", "Costs")))
    assert passages(found) == [
        ((), (1,), "about Fleet"),
        (("Crews",), (2,), "about Crews"),
        (("Costs",), (3,), "about Costs"),
    ]
    assert [page.of(found.text).split()[0] for page in found.pages] == ["Fleet", "Crews", "Costs"]
    assert (found.title, covers(found)) == ("Fleet", True)


def test_a_paragraph_that_has_no_bullet_is_no_item() -> None:
    """Nor is one in a box, unless it says that it has one."""
    made = show("Fleet")
    made.slides[0].placeholders[1].text_frame.paragraphs[0]._p.get_or_add_pPr().append(
        parse_xml(f"<a:buNone {nsdecls('a')}/>")
    )
    box = made.slides[0].shapes.add_textbox(*BOX).text_frame
    box.text = "plain\nmarked"
    box.paragraphs[1]._p.get_or_add_pPr().append(parse_xml(f'<a:buChar {nsdecls("a")} char="-"/>'))
    assert blocks(document("a.pptx", saved(made)))[1:] == [
        ("paragraph", "about Fleet"),
        ("paragraph", "plain"),
        ("item", "marked"),
    ]


def test_slides_come_in_the_order_of_the_show() -> None:
    """Which may be another than the order of their files."""
    made = show("First", "Second")
    order = made.slides._sldIdLst
    order.append(order[0])
    found = document("a.pptx", saved(made))
    assert [text for kind, text in blocks(found) if kind == "heading"] == ["Second", "First"]


def test_a_slide_without_a_title_is_called_by_its_number() -> None:
    """Else its text would stand under the title of the slide before; an empty slide is a page."""
    made = show("Fleet")
    made.slides.add_slide(made.slide_layouts[BLANK])
    slide = made.slides.add_slide(made.slide_layouts[BLANK])
    slide.shapes.add_textbox(*BOX).text_frame.text = "Some words."
    found = document("a.pptx", saved(made))
    assert passages(found)[1:] == [(("Slide 3",), (3,), "Some words.")]
    assert len(found.pages) == 3


def test_notes_stand_after_their_slide_on_the_same_page() -> None:
    """Under a label of their own, in the section of the slide."""
    made = show("Fleet", "Crews")
    made.slides[0].notes_slide.notes_text_frame.text = "Say hello.\nThen begin."
    found = document("a.pptx", saved(made))
    assert blocks(found)[:5] == [
        ("heading", "Fleet"),
        ("item", "about Fleet"),
        ("heading", "Notes"),
        ("paragraph", "Say hello."),
        ("paragraph", "Then begin."),
    ]
    assert (("Notes",), (1,), "Say hello.\n\nThen begin.") in passages(found)
    assert passages(found)[-1] == (("Crews",), (2,), "about Crews")


def test_tables_groups_and_boxes_are_read() -> None:
    """Words in a group are found; merged cells speak once; a box has paragraphs, no bullets."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[TITLE_ONLY])
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
    found = document("a.pptx", saved(made))
    assert blocks(found) == [
        ("heading", "Ships"),
        ("paragraph", "deep"),
        ("header_row", "Ship | Crew | Year"),
        ("row", "Varyag | 480 | 1983"),
        ("row", "none | | 1990"),
    ]


def test_a_chart_is_the_table_it_was_drawn_from() -> None:
    """Its title, then a row for each category, without the digits of binary fractions."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[TITLE_ONLY])
    slide.shapes.title.text_frame.text = "Exports"
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2019", "2020"]
    data.add_series("Gas", (4.3, 2.0))
    data.add_series("Oil", (0.1 + 0.2, None))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *BOX, data).chart
    chart.chart_title.text_frame.text = "In billions"
    assert blocks(document("a.pptx", saved(made))) == [
        ("heading", "Exports"),
        ("paragraph", "In billions"),
        ("header_row", "| Gas | Oil"),
        ("row", "2019 | 4.3 | 0.3"),
        ("row", "2020 | 2 |"),
    ]


def test_footers_and_numbers_of_slides_are_furniture() -> None:
    """What each slide repeats is listed and never retrieved."""
    made = show("Fleet")
    layout: Any = made.slide_layouts[TITLE_AND_TEXT]
    (footer,) = (
        place._element
        for place in layout.placeholders
        if place.placeholder_format.type is PP_PLACEHOLDER.FOOTER
    )
    footer.txBody.p_lst[0].add_r().text = "Confidential"
    made.slides[0].shapes._spTree.append(footer)
    found = document("a.pptx", saved(made))
    assert furniture(found) == [("boilerplate", "Confidential")]
    assert blocks(found) == [("heading", "Fleet"), ("item", "about Fleet")]


def test_properties_are_metadata() -> None:
    """The title is the one somebody wrote; that of the program is none."""
    made = show("Fleet")
    core = made.core_properties
    core.title, core.author, core.modified = (
        "Briefing",
        "Jane Doe",
        datetime(2021, 5, 6, tzinfo=UTC),
    )
    found = document("a.pptx", saved(made))
    assert (found.title, found.metadata.author) == ("Briefing", "Jane Doe")
    assert found.metadata.date == "2021-05-06"
    core.title = "PowerPoint Presentation"
    assert document("a.pptx", saved(made)).title == "Fleet"


def test_a_show_that_nobody_named_is_called_by_its_first_words() -> None:
    """Never by the number of its first slide; without any words by the name of the file."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[BLANK])
    table = slide.shapes.add_table(1, 2, *BOX).table
    table.cell(0, 0).text = "x"
    assert document("folder/sales 2020.pptx", saved(made)).title == "sales 2020"
    slide.shapes.add_textbox(*BOX).text_frame.text = "In short"
    assert document("a.pptx", saved(made)).title == "In short"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (saved(show("x"))[:9000], "damaged: its parts can't be listed"),
        (
            changed(saved(show("x", "y")), "ppt/slides/slide2.xml", None),
            "damaged: a slide is missing in it",
        ),
        (
            changed(saved(show("x", "y")), "ppt/slides/slide2.xml", "<p:sld"),
            "damaged: ppt/slides/slide2.xml is not valid XML",
        ),
        (saved(pptx.Presentation()), "no text"),
    ],
    ids=["cut", "slide missing", "slide damaged", "empty"],
)
def test_a_show_that_gives_no_text_says_why(data: bytes, why: str) -> None:
    """The reason is for the person who owns the file; no slide is left out in silence."""
    assert reason("a.pptx", data).startswith(why)
