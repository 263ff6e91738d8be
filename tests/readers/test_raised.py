"""Raised figures stay apart from the figure before them: 50¹ euros aren't 501."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import docx
import pytest
from pptx import Presentation

from chatbot.readers.raised import raised
from tests.readers.reading import blocks, document

WORDS = (
    ("The fee is 50", False),
    ("1", True),
    (" euros for 10", False),
    ("3", True),
    (" m", False),
)
READ = "The fee is 50¹ euros for 10³ m"
_ODF = (
    '<?xml version="1.0"?><office:document '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'office:mimetype="application/vnd.oasis.opendocument.text"><office:automatic-styles>'
    '<style:style style:name="T1"><style:text-properties style:text-position="super 58%"/>'
    '</style:style><style:style style:name="T2"><style:text-properties '
    'style:text-position="-33% 58%"/></style:style></office:automatic-styles><office:body>'
    "<office:text><text:p>TEXT</text:p></office:text></office:body></office:document>"
)


def _saved(file: Any) -> bytes:
    stream = BytesIO()
    file.save(stream)
    return stream.getvalue()


def _word() -> bytes:
    file = docx.Document()
    paragraph = file.add_paragraph()
    for words, is_raised in WORDS:
        paragraph.add_run(words).font.superscript = is_raised or None
    return _saved(file)


def _slide() -> bytes:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    paragraph = slide.shapes.add_textbox(0, 0, 9_000_000, 900_000).text_frame.paragraphs[0]
    for words, is_raised in WORDS:
        run = paragraph.add_run()
        run.text = words
        run.font._element.set("baseline", "30000" if is_raised else "0")
    return _saved(show)


def _tagged(start: str, end: str) -> str:
    return "".join(f"{start}{words}{end}" if is_raised else words for words, is_raised in WORDS)


def _open_document(end: str) -> str:
    words = _tagged('<text:span text:style-name="T1">', "</text:span>")
    return _ODF.replace("TEXT", words.removesuffix(" m") + end)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", _word()),
        ("a.pptx", _slide()),
        ("a.html", f"<main><p>{_tagged('<sup>', '</sup>')}</p></main>"),
        ("a.md", f"{_tagged('<sup>', '</sup>')}\n"),
        ("a.rtf", "{\\rtf1 " + _tagged("{\\super ", "}") + "\\par}"),
        ("a.rtf", "{\\rtf1 " + _tagged("\\super ", "\\nosupersub ") + "\\par}"),
        ("a.fodt", _open_document(" m")),
        ("a.fodt", _open_document('<text:span text:style-name="T2"> m</text:span>')),
    ],
)
def test_raised_figures_are_read_as_raised(name: str, data: str | bytes) -> None:
    """In every format that says what is raised."""
    assert READ in [text for _, text in blocks(document(name, data))]


def test_cells_keep_them_and_words_stay_words() -> None:
    """Ordinals and marks in letters are read as they are."""
    page = (
        "<table><tr><th>Floor</th><th>Area</th></tr>"
        "<tr><td>5<sup>th</sup></td><td>70 m<sup>2</sup></td></tr></table>"
    )
    assert ("row", "5th | 70 m²") in blocks(document("a.html", page))
    assert [raised(words) for words in ("th", "[2]", "n+1", "3, 4", "")] == [
        "th", "[2]", "ⁿ⁺¹", "³, ⁴", "",
    ]  # fmt: skip
