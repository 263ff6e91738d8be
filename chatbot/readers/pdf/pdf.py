"""Read a PDF file into its document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile, pairwise
from typing import Final, NamedTuple

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.pdf import oxide
from chatbot.readers.pdf.form_fields import FormField, label
from chatbot.readers.pdf.headings import begins_heading, body_size, find_headings
from chatbot.readers.pdf.lines import Line, lines_of, may_have_table
from chatbot.readers.pdf.ocr import PIXELS_PER_POINT, engine, scanned_page
from chatbot.readers.pdf.page_words import OutlineEntry, Page
from chatbot.readers.pdf.paragraphs import pieces_of
from chatbot.readers.pdf.pdf_properties import metadata_of, title_of
from chatbot.readers.pdf.pdf_writer import FilledField, LineJoiner, write
from chatbot.readers.pdf.pdfium import LOCK, NotOpened, Pdf
from chatbot.readers.pdf.pictured_text import picture_texts
from chatbot.readers.pdf.reading_order import in_reading_order
from chatbot.readers.pdf.ruled_tables import drawn_lines
from chatbot.readers.pdf.running_lines import find_furniture, table_heads
from chatbot.readers.pdf.shifted_letters import has_words, is_unreadable, shift_of, shifted
from chatbot.readers.pdf.table_detection import Tables, take_tables
from chatbot.readers.pdf.xfa import xfa_values
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

MEDIA_TYPE: Final = "application/pdf"

# A title's font size, relative to the body text.
_TITLE_SIZE: Final = 1.2
_TITLE_CHARACTERS: Final = 200


class _PdfContent(NamedTuple):
    pages: list[Page]
    outline: list[OutlineEntry]
    properties: dict[str, str]
    fields: dict[int, list[FormField]]
    pictures: Sequence[FilledField] = ()


def read_pdf(file: RawFile) -> Iterator[Document]:
    """The document of a PDF. Raises UnreadableFile if it is encrypted, damaged or has no text."""
    content = _content(file.data)
    empty = [
        page.number
        for page in content.pages
        if not len(page.words) and page.number not in content.fields
    ]
    if len(empty) == len(content.pages):
        raise UnreadableFile(*_no_text(len(empty)))
    # A line may have only signs that cleaning removes.
    page_lines = [[line for line in lines_of(page) if line.text] for page in content.pages]
    drawn = [drawn_lines(page) if may_have_table(page.words) else None for page in content.pages]
    furniture = find_furniture(page_lines)
    for on_page, rules in zip(page_lines, drawn, strict=True):
        for line in table_heads(on_page, rules.tables if rules else (), furniture):
            del furniture[line]
    tables: Tables = {}
    lines = []
    texts = [[line for line in page if line not in furniture] for page in page_lines]
    for page, on_page, rules in zip(content.pages, texts, drawn, strict=True):
        text, found = take_tables(page, on_page, rules) if rules else (on_page, {})
        tables |= found
        lines.append(in_reading_order(text))
    body = body_size(line for page in texts for line in page)
    headings = find_headings(lines, content.outline, body)
    writer = DocumentWriter()
    filled = [
        FilledField(page.number, label(field, page), field)
        for page in content.pages
        for field in content.fields.get(page.number, ())
    ]
    filled = sorted([*filled, *content.pictures], key=lambda field: field.page)
    pieces = pieces_of(lines, headings, tables)
    write(writer, pieces, filled, furniture, LineJoiner(lines), len(lines))
    extra = {"pages without text": _ranges(empty)} if empty else {}
    yield writer.document(
        file.name,
        source=file.name,
        media_type=MEDIA_TYPE,
        title=title_of(content.properties, file.name) or _first_title(lines, body),
        metadata=metadata_of(content.properties, extra),
    )


def _content(data: bytes) -> _PdfContent:
    with LOCK:
        try:
            with Pdf(data) as pdf:
                pages = _readable(pdf, [_page(pdf, number) for number in range(1, len(pdf) + 1)])
                return _PdfContent(
                    pages,
                    list(pdf.outline()),
                    pdf.properties(),
                    _fields(pdf),
                    list(picture_texts(pdf, pages)),
                )
        except NotOpened:
            return _PdfContent(list(oxide.pages(data)), [], {}, {})


def _readable(pdf: Pdf, pages: list[Page]) -> list[Page]:
    """The pages with words in place of shifted letters.

    Raises UnreadableFile if their letters make no words, and no OCR engine is installed.
    """
    if has_words([page.text for page in pages]):
        return pages
    pages = _unshifted(pdf, pages)
    if not is_unreadable(page.text for page in pages if page.placed):
        return pages
    if not engine():
        raise UnreadableFile(SkipKind.SCANNED, "text layer unreadable: needs OCR")
    return [_recognised(pdf, page) for page in pages]


def _unshifted(pdf: Pdf, pages: list[Page]) -> list[Page]:
    """The pages with the letters of each font shifted back, if it shifts them."""
    names = [pdf.font_names(page) if page.placed and len(page.words) else [] for page in pages]
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for page, fonts in zip(pages, names, strict=True):
        for font, word in zip(fonts, page.words.texts(page.text), strict=False):
            texts[font].append(word)
    shifts = {font: shift for font, words in texts.items() if (shift := shift_of(" ".join(words)))}
    if not shifts:
        return pages
    unshifted = []
    for page, fonts in zip(pages, names, strict=True):
        letters = list(page.text)
        for font, start, stop in zip(fonts, page.words.start, page.words.stop, strict=False):
            if font in shifts:
                letters[start:stop] = shifted(page.text[start:stop], shifts[font])
        unshifted.append(replace(page, text="".join(letters)))
    return unshifted


def _fields(pdf: Pdf) -> dict[int, list[FormField]]:
    """The filled fields of a form by page."""
    if not pdf.has_form:
        return {}
    fields = {n: fields for n in range(1, len(pdf) + 1) if (fields := pdf.fields(n))}
    known = [field.value for on_page in fields.values() for field in on_page]
    if values := xfa_values(pdf.xfa_packets(), known):
        # Such a form states no page for a value.
        found = [FormField(value, name, None) for name, value in values]
        fields[len(pdf)] = [*fields.get(len(pdf), ()), *found]
    return fields


def _page(pdf: Pdf, number: int) -> Page:
    """A page; without words it is read by OCR, if an engine is installed and it isn't blank."""
    page = pdf.page(number)
    return page if len(page.words) else _recognised(pdf, page)


def _recognised(pdf: Pdf, page: Page) -> Page:
    """A page with the words that OCR finds in its picture."""
    recognise = engine()
    if not recognise or not page.width:
        return page
    picture = pdf.picture(page.number, PIXELS_PER_POINT).convert("L")
    darkest, lightest = picture.getextrema()
    return page if darkest == lightest else scanned_page(page, recognise(picture))


def _no_text(pages: int) -> SkipReason:
    scanned = "1 page" if pages == 1 else f"{pages:,} pages"
    if engine():
        return SkipReason(SkipKind.NO_TEXT, f"OCR finds none in its {scanned}")
    return SkipReason(SkipKind.SCANNED, scanned)


def _first_title(pages: Sequence[Sequence[Line]], body: float) -> str | None:
    """The first of the largest words of the first page with text, if they are larger than the body.

    Headings further down may be as large.
    """
    upright = ([line for line in lines if not line.is_slanted] for lines in pages)
    lines = next(filter(None, upright), [])
    largest = max((line.size for line in lines), default=0.0)
    parts: list[Line] = []
    for line in dropwhile(lambda line: line.size <= 0.95 * largest, lines):
        if line.size <= 0.95 * largest or (parts and begins_heading(parts[-1], line)):
            break
        parts.append(line)
    title = " ".join(line.text for line in parts)
    is_title = largest > _TITLE_SIZE * body and len(title) <= _TITLE_CHARACTERS
    return title if is_title and any(map(str.isalpha, title)) else None


def _ranges(numbers: Sequence[int]) -> str:
    """Page numbers as people write them, such as "1, 3-5"."""
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b > a + 1)]
    stops = [*(a for a, b in pairwise(numbers) if b > a + 1), numbers[-1]]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, stops, strict=True))
