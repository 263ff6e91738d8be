"""Spans picked by hand in files of five formats: Chromium marks exactly the words of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pdf_oxide
import pytest
from playwright.sync_api import Browser, Page

from chatbot.assistant import Chatbot
from chatbot.ingestion.build import build_index
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
# In each document, what a reader would run a pen over.
PICKED: Final = {
    "radar.md": (
        *("The Omsk radar", "sold in the spring", "spring & nobody", "12.5 million."),
        *("a mast of forty metres\ntwo", "lorries", "Part | Price", "Mast | 3.5", "Lorry | 9"),
        *("if a < b:\n sell(radar)", "why. The price"),
    ),
    "sonar.txt": (
        *("Kiel sonar", "“the ships”", "painted, and then", "Children turn its wheels."),
        *(
            "museum. Children",
            "• whales",
            "ﬁsh & chips",
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
        *("1901 | 8,760", "Hours\n1901", "760", "ﬁnis"),
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
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the five files."""
    home = tmp_path_factory.mktemp("marked")
    corpus = home / "corpus"
    corpus.mkdir()
    texts = {"radar.md": MARKDOWN, "sonar.txt": PLAIN, "lamp.html": HTML, "b.jsonl": JSON_LINES}
    for name, text in texts.items():
        (corpus / name).write_text(text, "utf-8")
    (corpus / "engine.pdf").write_bytes(REPORT)
    build_index(load_settings(corpus=corpus, index=home / "index"))
    return home / "index"


@pytest.fixture(scope="module")
def address(index: Path) -> Iterator[str]:
    with server(index) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def test_the_marked_words_are_those_of_the_span(
    browser: Browser, address: str, index: Path
) -> None:
    """Of fifty spans; in the text of a PDF too, and in its pictures by another library's boxes."""
    assert sum(map(len, PICKED.values())) == 50
    page = browser.new_page()
    with Chatbot.open(index) as chatbot:
        texts = {each.doc_id: chatbot.document(each.doc_id) for each in chatbot.documents()}
    for name, picks in PICKED.items():
        ((doc_id, document),) = [each for each in texts.items() if each[0].endswith(name)]
        assert document
        for picked in picks:
            start = document.text.index(picked)
            span = f"{quote(doc_id)}?span={start}-{start + len(picked)}"
            page.goto(f"{address}/source/{span}&view=text")
            marked = "".join(page.locator("mark").all_text_contents())
            # Between two blocks there is nothing to mark.
            assert marked.replace("\n", "") == picked.replace("\n", ""), picked
            if name == "engine.pdf":
                page.goto(f"{address}/source/{span}")
                assert sorted(under_rectangles(page)) == sorted("".join(picked.split())), picked
    page.close()


def under_rectangles(page: Page) -> str:
    """The letters whose middle lies under a rectangle, as pdf-oxide places them."""
    file = pdf_oxide.PdfDocument.from_bytes(REPORT)
    found = []
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
                found.append(letter.char)
    return "".join(found)
