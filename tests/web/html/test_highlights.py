"""Spans picked by hand in files of ten formats: Chromium marks exactly their text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pdf_oxide
import pytest
from docx import Document as WordDocument
from playwright.sync_api import Browser, Page
from pptx import Presentation

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.readers.pdfs import HEIGHT, WIDTH, Words, lines, pdf
from tests.serving import CHROMIUM, chromium, server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

MARKDOWN: Final = """# The Omsk radar

It was *sold* in the spring & nobody knew why. The price was 12.5 million.

- a mast of forty metres
- two lorries

| Part | Price |
| -- | -- |
| Mast | 3.5 |
| Lorry | 9.0 |

```
if a < b:
    sell(radar)
```
"""
PLAIN: Final = """The Kiel sonar

It lay in the harbour until “the ships” had been painted,
and then it was given to a museum. Children turn its wheels.

• whales
• a tale of ﬁsh & chips
"""
HTML: Final = """<html><body><h1>The Tula lamp</h1>
<p>It shone for <b>ninety</b>-nine years &amp; a day.</p>
<ul><li>one <i>wick</i></li><li>no oil</li></ul><table><tr><th>Year</th><th>Hours</th></tr>
<tr><td>1901</td><td>8,760</td></tr></table><p>ﬁnis</p></body></html>"""
JSON_LINES: Final = json.dumps(
    {"_id": "bell", "title": "The bell", "text": "It rang once.\n\nNobody came, été."}
)
REPORT: Final = pdf(
    [
        Words(72, 720, "The Perm engine", 20),
        *lines(
            60,
            680,
            [
                "It ran on steam and on the patience of the",
                "men who fed it with birch wood in the win-",
            ],
        ),
        *lines(60, 656, ["ter of that year."]),
        *lines(
            330,
            680,
            [
                "In the second column it is told how it was",
                "taken apart by the sons of those men, who",
            ],
        ),
        *lines(330, 656, ["sold the brass and kept the whistle until"]),
    ],
    lines(60, 720, ["the school in Perm had asked for it. It is", "there still."]),
)
MAIL: Final = """From: Ida Holm <ida@example.org>
To: Per Lund <per@example.org>
Date: Tue, 3 Mar 2020 09:30:00 +0100
Subject: The Narvik crane
Content-Type: text/plain; charset=utf-8

It lifts ninety tonnes & more. Nobody has asked who pays.
"""
RICH: Final = r"{\rtf1\ansi The Riga loom wove {\b red} cloth for a year.\par Then it burnt.\par}"


def letter() -> bytes:
    """A Word document with a heading, a paragraph in two styles, and a table."""
    word_document = WordDocument()
    word_document.add_heading("The Oslo mill", 1)
    paragraph = word_document.add_paragraph("It ground ")
    paragraph.add_run("rye & oats").bold = True
    paragraph.add_run(" until the flood.")
    table = word_document.add_table(2, 2)
    for cell, text in zip(table._cells, ("Grain", "Sacks", "Rye", "1,200"), strict=True):
        cell.text = text
    return saved(word_document)


def deck() -> bytes:
    """Two slides with a title and a line each."""
    presentation = Presentation()
    for title, line in (("The Turku lock", "Eight gates"), ("Its keeper", "He slept & woke")):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, line
    return saved(presentation)


def saved(office_file: Any) -> bytes:
    """The file as Office would write it."""
    file = BytesIO()
    office_file.save(file)
    return file.getvalue()


# The text that a reader would highlight in each document. Ligatures (ﬁ) are read as letters.
PICKED: Final = {
    "radar.md": (
        *("The Omsk radar", "sold in the spring", "spring & nobody", "12.5 million."),
        *("a mast of forty metres\ntwo", "lorries", "Part | Price", "Mast | 3.5", "Lorry | 9"),
        *("if a < b:\n    sell(radar)", "why. The price"),
    ),
    "sonar.txt": (
        *("Kiel sonar", "“the ships”", "painted, and then", "Children turn its wheels."),
        *(
            "museum. Children",
            "• whales",
            "fish & chips",
            "whales\n• a tale",
            "It lay",
            "sonar\n\nIt",
        ),
    ),
    "lamp.html": (
        *(
            "The Tula lamp",
            "ninety-nine",
            "years & a day",
            "one wick\nno",
            "no oil",
            "Year | Hours",
        ),
        *("1901 | 8,760", "Hours\n1901", "760", "finis"),
    ),
    "bell": ("It rang once.", "once.\n\nNobody", "été", "Nobody came, été.", "It"),
    "engine.pdf": (
        *("The Perm engine", "steam and on the patience of the men who fed", "in the winter of"),
        *("birch", "second column it is told how it was taken apart", "brass"),
        *("that year.", "kept the whistle until the school in Perm", "there still."),
        *("the sons of those men, who sold", "It is there", "year.\n\nIn the second"),
        "Perm had",
        "had asked for it. It is there still.",
    ),
    "crane.eml": ("ninety tonnes & more.", "more. Nobody", "The Narvik crane"),
    "loom.rtf": ("wove red cloth", "year.\n\nThen it", "burnt."),
    "mill.docx": ("The Oslo mill", "ground rye & oats until", "Rye | 1,200", "Sacks\nRye"),
    "lock.pptx": ("The Turku lock", "Eight gates", "slept & woke"),
    "prices.csv": ("Coal | 12.5", "Iron", "12.5\nIron | 3"),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the ten files."""
    home = tmp_path_factory.mktemp("marked")
    corpus = home / "corpus"
    corpus.mkdir()
    texts = {"radar.md": MARKDOWN, "sonar.txt": PLAIN, "lamp.html": HTML, "b.jsonl": JSON_LINES}
    for name, text in texts.items():
        (corpus / name).write_text(text, "utf-8")
    (corpus / "crane.eml").write_text(MAIL, "utf-8")
    (corpus / "loom.rtf").write_text(RICH, "ascii")
    (corpus / "prices.csv").write_text("Good,Price\nCoal,12.5\nIron,3\nTin,4\n", "utf-8")
    (corpus / "mill.docx").write_bytes(letter())
    (corpus / "lock.pptx").write_bytes(deck())
    (corpus / "engine.pdf").write_bytes(REPORT)
    build_index(load_settings(corpus=corpus, index=home / "index"))
    return home / "index"


@pytest.fixture(scope="module")
def address(index: Path) -> Iterator[str]:
    with server(index) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def test_the_marked_text_is_the_text_of_the_span(
    browser: Browser, address: str, index: Path
) -> None:
    """This holds for 66 spans; in PDF pictures, pdf-oxide finds the letters under the marks."""
    assert sum(map(len, PICKED.values())) == 66
    page = browser.new_page()
    with Chatbot.open(index) as chatbot:
        texts = {
            document.doc_id: chatbot.document(document.doc_id) for document in chatbot.documents()
        }
    for name, picks in PICKED.items():
        ((doc_id, document),) = [item for item in texts.items() if item[0].endswith(name)]
        assert document
        for picked in picks:
            start = document.text.index(picked)
            span = f"{quote(doc_id)}?span={start}-{start + len(picked)}"
            page.goto(f"{address}/source/{span}&view=text")
            marked = "".join(page.locator("mark").all_text_contents())
            # The blank line between two blocks isn't on the page.
            assert marked.replace("\n", "") == picked.replace("\n", ""), picked
            if name == "engine.pdf":
                page.goto(f"{address}/source/{span}")
                assert sorted(under_rectangles(page)) == sorted("".join(picked.split())), picked
    page.close()


def under_rectangles(page: Page) -> str:
    """The letters with their centre under a rectangle, located by pdf-oxide."""
    file = pdf_oxide.PdfDocument.from_bytes(REPORT)
    letters = []
    for figure in page.locator("figure").all():
        number = int((figure.get_attribute("id") or "").removeprefix("page-"))
        picture = figure.locator("img").bounding_box()
        assert picture
        scale = picture["width"] / WIDTH
        boxes = [box for rect in figure.locator("rect").all() if (box := rect.bounding_box())]
        for letter in file.extract_chars(number - 1):
            left, bottom, width, height = letter.bbox
            across = picture["x"] + (left + width / 2) * scale
            down = picture["y"] + (HEIGHT - bottom - height / 2) * scale
            if letter.char.strip() and any(
                box["x"] <= across <= box["x"] + box["width"]
                and box["y"] <= down <= box["y"] + box["height"]
                for box in boxes
            ):
                letters.append(letter.char)
    return "".join(letters)
