"""PDF: pages, reading order, headings, tables, furniture, and the position of each word."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pdf_oxide
import pypdfium2
import pytest

from chatbot.chunking import chunk
from chatbot.readers.pdf.ocr import engine
from chatbot.types import Document
from tests.readers.pdfs import Mark, Words, lines, pdf
from tests.readers.reading import blocks, covers, document, furniture, read_or_reason, reason

PROSE = [
    "The radar was sold to Omsk in the spring of the year, and nobody outside",
    "the ministry knew its price until the auditors had counted every crate and",
    "had found the contract in a drawer.",
]
ONE_BLOCK = " ".join(PROSE)


def page_texts(doc: Document) -> list[str]:
    return [page.of(doc.text).strip() for page in doc.pages]


# -- pages -----------------------------------------------------------------------------------


def test_pages_without_text_keep_their_numbers() -> None:
    """Empty pages count, and the metadata lists them."""
    doc = document("a.pdf", pdf([], lines(72, 700, PROSE), [], [], [Words(72, 700, "End.")]))
    assert page_texts(doc) == ["", ONE_BLOCK, "", "", "End."]
    assert doc.metadata.extra == {"pages without text": "1, 3-4"}
    assert covers(doc)


def test_a_paragraph_over_a_page_break_is_one_block() -> None:
    """The page boundary lies inside the block, so its passage knows both pages."""
    first = lines(72, 96, PROSE[:2])
    second = lines(72, 720, ["and had found the contract in a drawer.", "It was blue."])
    doc = document("a.pdf", pdf(first, second))
    joined = f"{PROSE[0]} {PROSE[1]} and had found the contract in a drawer."
    assert blocks(doc)[0] == ("paragraph", f"{joined} It was blue.")
    assert page_texts(doc)[0].endswith("counted every crate and")
    assert page_texts(doc)[1].startswith("and had found the contract")
    (passage,) = chunk(doc, count_tokens=lambda texts: [1] * len(texts), budget=9)
    assert passage.pages == (1, 2)


def test_a_finished_paragraph_ends_with_its_page() -> None:
    """A full stop at the foot of a page ends the paragraph."""
    doc = document("a.pdf", pdf(lines(72, 96, PROSE), lines(72, 720, ["Then came the summer."])))
    assert blocks(doc) == [("paragraph", ONE_BLOCK), ("paragraph", "Then came the summer.")]


@pytest.mark.parametrize(
    ("ends", "begins", "elsewhere", "joined"),
    [
        ("the govern-", "ment of Omsk", "", "the government of Omsk"),
        ("a well-", "known radar", "It is well-known.", "a well-known radar"),
        ("a well-", "known radar", "It is wellknown.", "a wellknown radar"),
        ("the Sino-", "Russian treaty", "", "the Sino-Russian treaty"),
        ("the Mac-", "Donald radar", "It is MacDonald.", "the MacDonald radar"),
        ("from 1990-", "1995 on", "", "from 1990-1995 on"),
        ("a long-", "term plan", "The term is long.", "a long-term plan"),
        ("hearings with-", "out delay", "Go with him or out.", "hearings without delay"),
        ("many e-", "mails", "", "many e-mails"),
        ("a 10-", "year plan", "", "a 10-year plan"),
        ("the S-400-", "class system", "", "the S-400-class system"),
        ("the U.S.-", "led group", "", "the U.S.-led group"),
        ("a 5-", "to 10-year plan", "", "a 5- to 10-year plan"),
        ("short-", "and long-term plans", "", "short- and long-term plans"),
        ("the thous-", "and ships", "A thousand.", "the thousand ships"),
        ("www.example.org/long-", "path/file", "", "www.example.org/long-path/file"),
    ],
)
def test_a_word_hyphenated_at_a_line_end_is_joined(
    ends: str, begins: str, elsewhere: str, joined: str
) -> None:
    """The hyphen stays if the word has one elsewhere in the document, or if a capital follows.

    It also stays if both parts are words there that aren't grammar only, after one letter, a figure
    or an abbreviation, and in web addresses.
    """
    filler = "There was nothing in the long report of the ministry about "
    texts = [filler + ends, f"{begins} and all that the auditors had found. {elsewhere}".strip()]
    doc = document("a.pdf", pdf(lines(72, 700, texts)))
    assert blocks(doc) == [
        ("paragraph", f"{filler}{joined} and all that the auditors had found. {elsewhere}".strip())
    ]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_rotated_page_reads_like_an_upright_one(rotate: int) -> None:
    """The rotation may be a page attribute or the direction of the words."""
    doc = document("a.pdf", pdf(lines(72, 700, PROSE), rotate=rotate))
    assert blocks(doc) == [("paragraph", ONE_BLOCK)]


# -- reading order ---------------------------------------------------------------------------

LEFT = [
    "The first column tells of the radar, which",
    "was sold to Omsk in the spring, and of all",
    "the crates in which it travelled, and of the",
    "drivers who took it over the frozen river to",
    "the station that had been built to hold it,",
    "behind the mill at the end of the last lane.",
]
RIGHT = [
    "The second column tells of the sonar, which",
    "nobody wanted, so that it lay in the harbour",
    "until the ships had been painted and the men",
    "had gone home, and then it was given to a",
    "museum, where children now turn its wheels",
    "and listen for whales that are not there.",
]


@pytest.mark.parametrize("drawn", ["by column", "by row", "in no order"])
def test_columns_are_read_one_after_the_other(drawn: str) -> None:
    """The order in which the file draws them doesn't matter."""
    left, right = lines(60, 700, LEFT), lines(320, 700, RIGHT)
    words = [*left, *right]
    if drawn == "by row":
        words = [word for pair in zip(left, right, strict=True) for word in pair]
    elif drawn == "in no order":
        random.Random(3).shuffle(words)
    doc = document("a.pdf", pdf(words))
    assert blocks(doc) == [("paragraph", " ".join(LEFT)), ("paragraph", " ".join(RIGHT))]


def test_a_paragraph_continues_in_the_next_column() -> None:
    """The same holds for the next page."""
    left, right = LEFT[:5], ["not far from the mill, and", "was never heard of again."]
    doc = document("a.pdf", pdf(lines(60, 700, left) + lines(320, 700, right)))
    assert blocks(doc) == [("paragraph", " ".join([*left, *right]))]


def test_a_paragraph_ends_where_a_new_one_begins() -> None:
    """A gap, an indentation, a bullet or a short line begins a new one."""
    texts = [
        *lines(72, 700, PROSE),
        *lines(72, 650, ["A gap came before this line, which is as long as any of those above."]),
        *lines(90, 638, ["while this one is indented."]),
        *lines(72, 614, ["• one thing that the auditors found", "• another"]),
    ]
    assert [words for _, words in blocks(document("a.pdf", pdf(texts)))] == [
        ONE_BLOCK,
        "A gap came before this line, which is as long as any of those above.",
        "while this one is indented.",
        "• one thing that the auditors found",
        "• another",
    ]


def test_code_keeps_its_lines() -> None:
    """Text in a fixed-pitch font is code, and its lines are kept."""
    code = lines(90, 600, ["for each in crates:", "count(each)"], font="typed")
    doc = document("a.pdf", pdf(lines(72, 700, PROSE) + code))
    assert blocks(doc)[1:] == [("code", "for each in crates:\ncount(each)")]


# -- headings --------------------------------------------------------------------------------


def headings(doc: Document) -> list[tuple[int, str]]:
    return [
        (block.level, block.span.of(doc.text)) for block in doc.blocks if block.kind == "heading"
    ]


SECTIONS = [
    Words(72, 720, "Radars of the North", 20),
    Words(72, 690, "Where they stand", 14),
    *lines(72, 660, PROSE),
    Words(72, 610, "What they cost", 14),
    *lines(72, 580, PROSE),
    Words(72, 530, "Sources", 10, "bold"),
    *lines(72, 510, PROSE),
]


def test_larger_type_makes_headings_and_its_size_the_level() -> None:
    """Bold lines of body size are the lowest level; the largest heading is the title."""
    doc = document("a.pdf", pdf(SECTIONS))
    assert headings(doc) == [
        (1, "Radars of the North"),
        (2, "Where they stand"),
        (2, "What they cost"),
        (3, "Sources"),
    ]
    assert doc.title == "Radars of the North"


def test_headings_as_large_as_the_title_are_not_part_of_it() -> None:
    """A title may have two lines; text, a wide gap or a section number ends it."""
    title = lines(72, 720, ["Radars of the", "North"], size=20)
    section = Words(72, 600, "Where they stand", 20)
    doc = document("a.pdf", pdf([*title, section, *lines(72, 570, PROSE)]))
    assert doc.title == "Radars of the North"
    numbered = lines(72, 720, ["1 Radars", "2 Costs"], size=20)
    assert document("a.pdf", pdf([*numbered, *lines(72, 630, PROSE)])).title == "1 Radars"


@pytest.mark.parametrize("matrix", ["0 1 -1 0 60 300", "0.7 0.7 -0.7 0.7 150 200"])
def test_large_words_that_run_up_or_slantwise_are_neither_title_nor_heading(matrix: str) -> None:
    """Neither a watermark nor a stamp in the margin names the document."""
    stamp = f"BT /plain 40 Tf {matrix} Tm (DRAFT) Tj ET "
    doc = document("a.pdf", pdf(SECTIONS, drawing=stamp))
    assert doc.title == "Radars of the North"
    assert (0, "paragraph", "DRAFT") in [(b.level, b.kind, b.span.of(doc.text)) for b in doc.blocks]


def test_an_outline_decides_the_headings() -> None:
    """It decides the lines and the levels; section numbers may differ."""
    outline = [Mark("Where they stand", 1, (Mark("3.1 Sources", 1),))]
    assert headings(document("a.pdf", pdf(SECTIONS, outline=outline))) == [
        (1, "Where they stand"),
        (2, "Sources"),
    ]


def test_an_outline_that_does_not_match_the_text_is_ignored() -> None:
    """A file merged from several others has such an outline."""
    outline = [Mark("scan0001.tif", 1), Mark("scan0002.tif", 1)]
    assert len(headings(document("a.pdf", pdf(SECTIONS, outline=outline)))) == 4


# -- furniture and tables --------------------------------------------------------------------


def test_running_lines_are_furniture() -> None:
    """Headers, footers and page numbers are listed once and kept out of the text."""
    pages = [
        [
            Words(72, 760, "The Radar Report"),
            Words(500, 760, f"{number}"),
            *lines(72, 700, [f"Chapter {number} is about matter {number}.", *PROSE]),
            Words(72, 30, "Ministry of Counting"),
        ]
        for number in range(1, 6)
    ]
    doc = document("a.pdf", pdf(*pages))
    assert furniture(doc) == [
        ("header", "The Radar Report"),
        ("footer", "Ministry of Counting"),
        ("page_number", "1 2 3 4 5"),
    ]
    for number, text in enumerate(page_texts(doc), start=1):
        assert text == f"Chapter {number} is about matter {number}.\n\n{ONE_BLOCK}"
    assert covers(doc)


def test_a_first_line_that_differs_on_each_page_is_text() -> None:
    """A line that recurs only far away is text, too."""
    pages = [[Words(72, 760, f"Tale of {name}"), *lines(72, 700, PROSE)] for name in "ABCDEFGHI"]
    pages[0][0] = pages[8][0] = Words(72, 740, "Tip")
    doc = document("a.pdf", pdf(*[page[:1] + page[1:] for page in pages]))
    assert ("header", "Tip") not in furniture(doc)


TABLE = [
    ("Radar", "Range", "Price"),
    ("Omsk", "300 km", "12.5"),
    ("Kiel", "80 km", "3.0"),
    ("Tula", "1,200 km", "40.0"),
]


def test_a_table_keeps_its_header() -> None:
    """A row of words above columns of numbers is the header."""
    cells = [
        Words(left, 700 - 14 * number, text)
        for number, row in enumerate(TABLE)
        for left, text in zip((72, 200, 300), row, strict=True)
    ]
    doc = document("a.pdf", pdf(lines(72, 760, PROSE) + cells))
    assert blocks(doc)[1:] == [
        ("header_row", "Radar | Range | Price"),
        ("row", "Omsk | 300 km | 12.5"),
        ("row", "Kiel | 80 km | 3.0"),
        ("row", "Tula | 1,200 km | 40.0"),
    ]


def test_a_cell_of_two_lines_is_one_cell() -> None:
    """A line below, in the same column, continues the cell."""
    cells = [
        Words(left, 700 - 24 * number, text)
        for number, row in enumerate(TABLE)
        for left, text in zip((72, 200, 300), row, strict=True)
    ]
    cells.insert(6, Words(200, 700 - 36, "by night"))
    doc = document("a.pdf", pdf(lines(72, 760, PROSE) + cells))
    assert blocks(doc)[2] == ("row", "Omsk | 300 km by night | 12.5")


def test_prose_with_wide_gaps_is_not_a_table() -> None:
    """Gaps that don't align make no table."""
    texts = [
        *(Words(72, 700, "Name of the radar:"), Words(250, 700, "Omsk")),
        *(Words(72, 688, "Place:"), Words(180, 688, "behind the mill")),
        *(Words(72, 676, "Price in the spring of the year:"), Words(330, 676, "12.5")),
    ]
    kinds = {kind for kind, _ in blocks(document("a.pdf", pdf(texts)))}
    assert kinds == {"paragraph"}


# -- metadata and errors ---------------------------------------------------------------------


def test_properties_become_metadata() -> None:
    """Title, author, creation date and language are read."""
    info = {"Title": "Radars", "Author": "Ann Lee", "CreationDate": "D:20240103093826+01'00'"}
    doc = document("a.pdf", pdf(SECTIONS, info=info, language="en-GB"))
    assert doc.title == "Radars"
    metadata = (doc.metadata.author, doc.metadata.date, doc.metadata.language)
    assert metadata == ("Ann Lee", "2024-01-03", "en-GB")


@pytest.mark.parametrize(
    "title",
    ["Microsoft Word - x.doc", "untitled", "Untitled-1", "report.indd", "Document1", "...", "a"],
)
def test_a_title_made_up_by_a_program_is_ignored(title: str) -> None:
    """The title is then the largest text of the first page."""
    assert document("a.pdf", pdf(SECTIONS, info={"Title": title})).title == "Radars of the North"


def test_an_encrypted_file_is_refused_with_the_reason() -> None:
    """The file is encrypted by another library."""
    data = pdf_oxide.PdfDocument.from_bytes(pdf(lines(72, 700, PROSE)))
    locked = data.to_bytes_encrypted("secret", "owner")
    assert reason("a.pdf", bytes(locked)).startswith("encrypted: ")


def test_a_scanned_file_is_refused_with_the_next_step() -> None:
    """The reason gives the number of pages, and how to read them."""
    expected = "scanned: 3 pages; install the extra `ocr` or Tesseract"
    if engine():
        expected = "no text: OCR finds none in its 3 pages"
    assert reason("a.pdf", pdf([], [], [])).startswith(expected)


def test_a_truncated_file_is_read_as_far_as_possible() -> None:
    """PDFium can't open it, but pdf-oxide can."""
    data = pdf(SECTIONS, lines(72, 700, PROSE))
    truncated = data[: data.rindex(b"xref\n0")]
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(truncated)
    doc = document("a.pdf", truncated)
    assert page_texts(doc)[1] == ONE_BLOCK
    assert (0, len(doc.pages)) == (len(doc.runs), 2)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", b"%PDF-1.4\n" + bytes(range(256)) * 40])
def test_a_file_that_neither_library_opens_is_damaged(data: bytes) -> None:
    """The reason is in our own words."""
    assert reason("a.pdf", data) == "damaged: neither PDF library can open it"


# -- positions -------------------------------------------------------------------------------


def texts_of_pages(data: bytes) -> list[str]:
    """The text of each page, with PDFium's character indices."""
    with pypdfium2.PdfDocument(data) as file:
        return [page.get_textpage().get_text_range() for page in file]


def test_every_run_has_the_characters_that_it_names() -> None:
    """This holds across columns, pages and joined words."""
    data = pdf(
        [*lines(60, 700, LEFT), *lines(320, 700, RIGHT)],
        [*SECTIONS, *lines(72, 300, ["They were bought by the govern-", "ment of Omsk."])],
    )
    doc, pages = document("a.pdf", data), texts_of_pages(data)
    assert doc.runs
    for run in doc.runs:
        chars = pages[run.page - 1][slice(*run.chars)]
        assert run.span.of(doc.text) == chars.replace("\ufffe", "-")
    placed = sum(run.span.end - run.span.start for run in doc.runs)
    assert placed > 0.97 * len(doc.text.replace("\n", ""))


def real(data: Path, *names: str) -> Iterator[tuple[str, bytes, Document]]:
    """The readable PDF files of the shared data, all or those with these names."""
    for path in sorted((data / "torture").rglob("*.pdf")):
        if names and path.name not in names:
            continue
        content = path.read_bytes()
        documents = read_or_reason(path.name, content)
        if not isinstance(documents, str):
            yield path.name, content, documents[0]


def letters(text: str) -> str:
    """Only the letters and digits of a text, with ligatures resolved."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text))


def test_passages_of_real_files_lie_on_the_pages_that_they_name(data: Path) -> None:
    """The text of every line of every passage is on the page that the line names."""
    files = passages = 0
    for name, content, doc in real(data):
        assert covers(doc), name
        pages = [letters(text) for text in texts_of_pages(content)]
        for passage in chunk(
            doc, count_tokens=lambda texts: [len(t) // 4 for t in texts], budget=200
        ):
            runs = [
                run
                for run in doc.runs
                if passage.span.start < run.span.end and run.span.start < passage.span.end
            ]
            assert {run.page for run in runs} == set(passage.pages), (name, passage.text)
            for run in (run for run in runs if not run.box):
                assert letters(run.span.of(doc.text)) in pages[run.page - 1], (name, run)
            passages += 1
        files += 1
    assert files > 40
    assert passages > 900


def test_words_of_real_pages_agree_with_another_library(data: Path) -> None:
    """Pages of a manual with columns, a thesis and a law are compared."""
    names = ("multicolumn.pdf", "GeoTopo-komprimiert.pdf", "testPDF_bad_page_303226.pdf")
    pdf_oxide.disable_logging()
    shares = []
    for _, content, doc in real(data, *names):
        other = pdf_oxide.PdfDocument.from_bytes(content)
        for number, page in enumerate(doc.pages):
            expected = set(re.findall(r"\w{5,}", other.extract_text(number)))
            words = set(re.findall(r"\w{5,}", page.of(doc.text)))
            if len(expected) > 30:
                shares.append(len(expected & words) / len(expected))
    assert len(shares) > 80
    assert sorted(shares)[len(shares) // 20] > 0.8


def test_encrypted_and_scanned_real_files_are_refused_with_the_reason(data: Path) -> None:
    """The reason names the kind of problem."""
    reasons = {
        path.name: outcome
        for path in sorted((data / "torture").rglob("*.pdf"))
        if path.stat().st_size < 500_000
        if isinstance(outcome := read_or_reason(path.name, path.read_bytes()), str)
    }
    assert reasons["libreoffice-writer-password.pdf"].startswith("encrypted: ")
    assert reasons["graph-encrypted.pdf"].startswith("encrypted: ")
    assert all(
        re.match("encrypted: |no text|scanned: |damaged: ", text) for text in reasons.values()
    )
    if engine() is None:
        assert reasons["congress.pdf"].startswith("scanned: 1 page;")
