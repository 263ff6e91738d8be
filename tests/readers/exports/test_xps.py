"""XPS: the pages of a printed document, with its lines joined to paragraphs."""

from __future__ import annotations

from pathlib import Path

from tests.readers.packages import zipped
from tests.readers.reading import blocks, covers, document

_XPS = 'xmlns="http://schemas.microsoft.com/xps/2005/06"'


def glyphs(text: str, left: float, up: float, size: float = 10, indices: str = "") -> str:
    return (
        f'<Glyphs OriginX="{left}" OriginY="{up}" FontRenderingEmSize="{size}" '
        f'UnicodeString="{text}" Indices="{indices}"/>'
    )


def xps(*pages: str) -> bytes:
    """A file with these pages, each the content of its canvas."""
    listed = "".join(f'<PageContent Source="p/{n}.fpage"/>' for n in range(len(pages)))
    return zipped(
        ("[Content_Types].xml", "<Types/>"),
        (
            "_rels/.rels",
            (
                '<Relationships><Relationship Id="r" Type="http://x/fixedrepresentation" '
                'Target="/Seq.fdseq"/></Relationships>'
            ),
        ),
        (
            "Seq.fdseq",
            (
                f'<FixedDocumentSequence {_XPS}><DocumentReference Source="/Documents/1/d.fdoc"/>'
                "</FixedDocumentSequence>"
            ),
        ),
        ("Documents/1/d.fdoc", f"<FixedDocument {_XPS}>{listed}</FixedDocument>"),
        *(
            (f"Documents/1/p/{n}.fpage", f"<FixedPage {_XPS}>{page}</FixedPage>")
            for n, page in enumerate(pages)
        ),
    )


def test_lines_are_joined_and_a_wide_gap_ends_a_paragraph() -> None:
    """A canvas may be scaled; the distance counts as it is shown."""
    first = (
        "<Canvas><Canvas.RenderTransform><MatrixTransform Matrix='2,0,0,2,0,10'/>"
        "</Canvas.RenderTransform>"
        + glyphs("The pump", 10, 20)
        + glyphs("costs nine euros.", 10, 32)
        + glyphs("The seal costs two.", 10, 60)
        + "</Canvas>"
    )
    doc = document("a.xps", xps(first, glyphs("Second page.", 10, 20)))
    assert blocks(doc) == [
        ("paragraph", "The pump costs nine euros."),
        ("paragraph", "The seal costs two."),
        ("paragraph", "Second page."),
    ]
    assert len(doc.pages) == 2
    assert covers(doc)


def test_the_widths_of_letters_tell_words_apart() -> None:
    """A word in two fonts has no space in it."""
    wide = ";".join([",60"] * 4)
    page = glyphs("pump", 10, 20, indices=wide) + glyphs("ing", 34, 20) + glyphs("now", 60, 20)
    assert document("a.xps", xps(page)).text == "pumping now"


def test_a_real_file_is_read(data: Path) -> None:
    """Its parts are in UTF-16."""
    path = next((data / "torture").rglob("testPPT.xps"))
    doc = document("a.xps", path.read_bytes())
    assert "content as every other file being tested for tika content parsing" in doc.text
    assert len(doc.pages) == 3
