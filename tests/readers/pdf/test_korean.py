"""Lines of Korean are joined as their words are: a line may end within a word."""

from __future__ import annotations

from collections.abc import Sequence

from tests.readers.pdfs import file_of
from tests.readers.reading import covers, document

_TO_UNICODE = (
    b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <ffff> "
    b"endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange endcmap end"
)


def korean(lines: Sequence[str]) -> bytes:
    """A page with these lines, in a font whose codes are those of Unicode."""
    stream = "\n".join(
        f"BT /K 10 Tf 72 {700 - 13 * n} Td <{line.encode('utf-16-be').hex()}> Tj ET"
        for n, line in enumerate(lines)
    ).encode()
    return file_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
                b"/Resources << /Font << /K 5 0 R >> >> >>"
            ),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            (
                b"<< /Type /Font /Subtype /Type0 /BaseFont /Korean /Encoding /Identity-H "
                b"/DescendantFonts [6 0 R] /ToUnicode 7 0 R >>"
            ),
            (
                b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Korean /DW 1000 /CIDSystemInfo "
                b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor << "
                b"/Type /FontDescriptor /FontName /Korean /Flags 4 /FontBBox [0 -200 1000 800] "
                b"/ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>"
            ),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(_TO_UNICODE), _TO_UNICODE),
            b"<< >>",
        ],
        8,
    )


def test_a_line_that_ends_with_its_space_ends_a_word() -> None:
    """Without one, in a file that writes them, the word goes on."""
    doc = document(
        "a.pdf",
        korean(
            [
                "정부는 지난해 오월에 새로운 레이더를 ",
                "도입하였고 그 예산은 모두 합하여 구백",
                "억 원이었다.",
            ]
        ),
    )
    assert (
        doc.text
        == "정부는 지난해 오월에 새로운 레이더를 도입하였고 그 예산은 모두 합하여 구백억 원이었다."
    )
    assert covers(doc)


def test_without_spaces_at_line_ends_words_of_the_document_decide() -> None:
    """A word that stands whole elsewhere is joined; other lines are joined with a space."""
    lines = [
        "새로운 레이더를 도입하는 사업은 방위사",
        "업청이 맡았다. 예산은 모두 구백억 원",
        "이라고 하며 방위사업청이 발표한 대로",
    ]
    text = document("a.pdf", korean(lines)).text
    assert "방위사업청이 맡았다" in text
    assert text.count("방위사업청이") == 2
    assert "구백억 원 이라고" in text
