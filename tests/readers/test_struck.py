"""Text that is struck through is marked in every format, so that nobody takes it for what holds."""

from __future__ import annotations

import pytest

from tests.readers.odf.test_odf import packed
from tests.readers.office.test_docx import with_body
from tests.readers.reading import document
from tests.readers.rtf.test_rtf import rtf

STYLES = (
    '<style:style style:name="T1"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="T2"><style:text-properties '
    'style:text-line-through-style="none"/></style:style>'
)
WORD = (
    "<w:p><w:r><w:t>The fee is </w:t></w:r><w:r><w:rPr><w:strike/></w:rPr>"
    '<w:t xml:space="preserve">40 </w:t></w:r><w:r><w:rPr><w:dstrike w:val="1"/></w:rPr>'
    '<w:t>euros</w:t></w:r><w:r><w:rPr><w:strike w:val="0"/></w:rPr>'
    '<w:t xml:space="preserve"> 50 euros.</w:t></w:r></w:p>'
)
ODF = (
    'The fee is <text:span text:style-name="T1">40 euros</text:span> '
    '<text:span text:style-name="T2">50 euros.</text:span>'
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", "<p>The fee is <s>40 </s><del>euros</del> 50 euros.</p>"),
        (
            "b.html",
            '<p>The fee is <span style="text-decoration: line-through">40 euros</span> 50 euros.',
        ),
        ("a.md", "The fee is ~~40 euros~~ 50 euros."),
        ("a.docx", with_body(WORD)),
        ("a.rtf", rtf(r"\pard The fee is {\strike 40 euros} \strike0 50 euros.")),
        ("a.odt", packed("text", f"<text:p>{ODF}</text:p>", styles=STYLES)),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 9 else "",
)
def test_struck_words_stand_between_marks(name: str, data: str | bytes) -> None:
    """Neighbouring pieces are marked together, and other words aren't."""
    assert document(name, data).text in (
        "The fee is ~~40 euros~~ 50 euros.",
        "The fee is ~~40~~ ~~euros~~ 50 euros.",
    )


def test_a_row_of_tildes_stays() -> None:
    """It is a text as any other, such as a line under a heading."""
    assert document("a.html", "<p>Sign with ~~~~ here, please.</p>").text == (
        "Sign with ~~~~ here, please."
    )
