"""RTF: the visible text, in order, in any encoding."""

from __future__ import annotations

import pytest

from tests.readers.reading import blocks, covers, document, furniture, reason

HEAD = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\froman\fcharset0 Times;}{\f1\fcharset204 T;}"
STYLES = r"}{\stylesheet{\s0 Normal;}{\s1\b heading 1;}{\s7\outlinelevel2 Amt;}}"


def rtf(body: str) -> str:
    return HEAD + STYLES + body + "}"


def test_headings_lists_and_paragraphs_keep_their_order_and_kind() -> None:
    """The style's name, or an outline level, makes a heading."""
    doc = document(
        "a.rtf",
        rtf(
            r"\pard\s1 Ships\par\pard\plain Many took part.\par"
            r"{\listtext\tab 1.}\pard\ls1 frigates\par\pard{\pntext\'B7\tab}tankers\par"
            r"\pard\s7 Crews\par\pard\outlinelevel1 Ports\par\pard Few."
        ),
    )
    assert blocks(doc) == [
        ("heading", "Ships"),
        ("paragraph", "Many took part."),
        ("item", "frigates"),
        ("item", "tankers"),
        ("heading", "Crews"),
        ("heading", "Ports"),
        ("paragraph", "Few."),
    ]
    assert [block.level for block in doc.blocks] == [1, 0, 0, 0, 3, 2, 0]
    assert (doc.title, covers(doc)) == ("Ships", True)


def test_signs_of_the_fonts_symbol_and_wingdings_are_read() -> None:
    """Their codes have other meanings in other fonts."""
    fonts = r"{\f5\fcharset2 Symbol;}{\f6\fcharset2 Wingdings;}"
    body = r"\pard {\f5\'b3} 5~MW, {\f5\u-3919 ?\~}2; {\f6\'fe} yes {\f6\'a8\line} no, 5\'b3\par"
    doc = document("a.rtf", HEAD + fonts + STYLES + body + "}")
    assert blocks(doc) == [("paragraph", "≥ 5~MW, ± 2; ☑ yes ☐ no, 5³")]


def test_tables_are_rows() -> None:
    """A row repeated on each page is the header; a cell may have several paragraphs."""
    row = r"\trowd{}\pard\intbl {}\cell {}\cell\row "
    doc = document(
        "a.rtf",
        rtf(
            row.format(r"\trhdr", "Ship", "Crew")
            + row.format("", r"Varyag\par old", "480")
            + r"\pard After.\par"
        ),
    )
    assert blocks(doc) == [
        ("header_row", "Ship | Crew"),
        ("row", "Varyag old | 480"),
        ("paragraph", "After."),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"caf\'e9 \'80", "café €"),
        (r"\f1 \'cc\'e8\'f0", "Мир"),
        (r"\u1052?\u1080?\u1088?", "Мир"),
        (r"\uc2\u1052\'cc\'cc\u1080 ??x", "Миx"),
        (r"{\uc0\u1052}\u1080?", "Ми"),
        (r"\u-10179?\u-8704?", "😀"),
        (r"a\~b\_c\-d\emdash e\{\\\}", "a b‑cd—e{\\}"),
        ("one\ntwo\\\nthree", "onetwo\n\nthree"),
        (r"{\v hidden}{\deleted gone}seen", "seen"),
        (r"{\*\unknown never}{\*\shpinst{\sp{\sn x}{\sv 1}}{\shptxt boxed}}", "boxed"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}", "link"),
        (r"{\pict\bin5 a}b}cafter}words", "words"),
        (r"{\upr{old}{\*\ud{new}}}", "new"),
    ],
)
def test_characters_are_read_however_they_are_written(written: str, read: str) -> None:
    """They may be bytes in the font's character set, Unicode escapes, signs or binary data."""
    assert document("a.rtf", rtf(r"\pard " + written)).text == read


def test_east_asian_text_is_decoded_over_two_bytes() -> None:
    """The second byte of a character may look like a letter."""
    data = rb"{\rtf1\ansi\ansicpg932\pard \'83^\'83C\'83g\'83\'8b}"
    assert document("a.rtf", data).text == "タイトル"


def test_text_without_a_font_of_its_own_has_the_default_one() -> None:
    """The default font may have another character set than the document."""
    data = rb"{\rtf1\ansi\deff1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\pard \'cc\'e8\'f0}"
    assert document("a.rtf", data).text == "Мир"


def test_notes_follow_and_headers_comments_are_furniture() -> None:
    """Footnotes are numbered as on the page; headers and footers are listed once."""
    doc = document(
        "a.rtf",
        rtf(
            r"{\header Secret\par}{\headerr Secret\par}{\footer Page\par}"
            r"\pard\s1 Ships\par\pard Seven{\super\chftn}{\footnote{\chftn} As of 2012.} took part"
            r"{\footnote\ftnalt See above.}.{\*\annotation Really?}\par"
        ),
    )
    assert blocks(doc) == [
        ("heading", "Ships"),
        ("paragraph", "Seven took part."),
        ("heading", "Notes"),
        ("paragraph", "Footnote 1: As of 2012."),
        ("paragraph", "Endnote 1: See above."),
    ]
    assert furniture(doc) == [
        ("boilerplate", "Secret"),
        ("boilerplate", "Page"),
        ("metadata", "Really?"),
    ]


def test_properties_are_metadata() -> None:
    """Title, author, keywords and the date of the last change are read."""
    doc = document(
        "a.rtf",
        rtf(
            r"{\info{\title The drill}{\author Jane Doe}{\keywords navy, ships}"
            r"{\creatim\yr2019\mo1\dy2}{\revtim\yr2021\mo5\dy6\hr7}}\pard Words."
        ),
    )
    assert (doc.title, doc.text) == ("The drill", "Words.")
    assert doc.metadata.author == "Jane Doe"
    assert doc.metadata.date == "2021-05-06"
    assert doc.metadata.tags == ("navy", "ships")


def test_a_damaged_file_is_read_as_far_as_it_goes() -> None:
    """Missing or surplus braces, numbers out of range and unknown code pages lose no word."""
    assert document("a.rtf", rtf("words")[:-1]).text == "words"
    assert document("a.rtf", rtf("words}}}") + "more").text == "wordsmore"
    assert (
        document("a.rtf", r"{\rtf1\ansicpg99999\pard\u99999999? ok\bin999999999").text
        == "\ue0ff ok"
    )
    assert document("a.rtf", r"{\rtf1" + "{" * 50_000 + "deep").text == "deep"
    assert reason("a.rtf", r"{\rtf1\ansi}") == "no text"


def test_the_numbers_of_headings_and_clauses_are_read() -> None:
    """Those of steps are left out, as in Word; a note's own list changes nothing outside it."""
    lines = (
        r"{\listtext\pard 2.\tab}\pard\outlinelevel0 Fees\par",
        r"{\listtext 2.1.\tab}\pard\ls1 The fee is 40 euros.\par",
        r"{\*\pntext\'a7 7\tab}\pard No refunds.{\footnote{\listtext 3.1\tab}Ask us.}\par",
        r"{\listtext 1.\tab}\pard\ls2 Open the tap.\par",
        r"{\listtext\'b7\tab}\pard\outlinelevel0 Area\par",
    )
    doc = document("a.rtf", r"{\rtf1\ansi" + "".join(lines) + "}")
    assert blocks(doc)[:5] == [
        ("heading", "2. Fees"),
        ("item", "2.1. The fee is 40 euros."),
        ("item", "§ 7 No refunds."),
        ("item", "Open the tap."),
        ("heading", "Area"),
    ]
