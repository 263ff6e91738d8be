"""Read a PDF file into its document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.pdf import oxide
from chatbot.readers.pdf.headings import body_size, find_headings
from chatbot.readers.pdf.lines import Line, lines_of
from chatbot.readers.pdf.ocr import PIXELS_PER_POINT, engine, scanned_page
from chatbot.readers.pdf.page_words import OutlineEntry, Page
from chatbot.readers.pdf.paragraphs import pieces_of
from chatbot.readers.pdf.pdf_properties import metadata_of, title_of
from chatbot.readers.pdf.pdf_writer import LineJoiner, write
from chatbot.readers.pdf.pdfium import LOCK, NotOpened, Pdf
from chatbot.readers.pdf.reading_order import in_reading_order
from chatbot.readers.pdf.running_lines import find_furniture
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


def read_pdf(file: RawFile) -> Iterator[Document]:
    """The document of a PDF. Raises UnreadableFile if it is encrypted, damaged or has no text."""
    content = _content(file.data)
    empty = [page.number for page in content.pages if not len(page.words)]
    if len(empty) == len(content.pages):
        raise UnreadableFile(*_no_text(len(empty)))
    page_lines = [lines_of(page) for page in content.pages]
    furniture = find_furniture(page_lines)
    lines = [
        in_reading_order([line for line in page if line not in furniture]) for page in page_lines
    ]
    body = body_size(line for page in lines for line in page)
    headings = find_headings(lines, content.outline, body)
    writer = DocumentWriter()
    write(writer, pieces_of(lines, headings), furniture, LineJoiner(lines), len(lines))
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
                return _PdfContent(
                    [_page(pdf, number) for number in range(1, len(pdf) + 1)],
                    list(pdf.outline()),
                    pdf.properties(),
                )
        except NotOpened:
            return _PdfContent(list(oxide.pages(data)), [], {})


def _page(pdf: Pdf, number: int) -> Page:
    """A page; without words it is read by OCR, if an engine is installed and it isn't blank."""
    page = pdf.page(number)
    recognise = None if len(page.words) else engine()
    if not recognise or not page.width:
        return page
    picture = pdf.picture(number, PIXELS_PER_POINT).convert("L")
    darkest, lightest = picture.getextrema()
    return page if darkest == lightest else scanned_page(page, recognise(picture))


def _no_text(pages: int) -> SkipReason:
    scanned = "1 page" if pages == 1 else f"{pages:,} pages"
    if engine():
        return SkipReason(SkipKind.NO_TEXT, f"OCR finds none in its {scanned}")
    return SkipReason(SkipKind.SCANNED, scanned)


def _first_title(pages: Sequence[Sequence[Line]], body: float) -> str | None:
    """The largest words of the first page with text, if they are larger than the body text."""
    lines = next((lines for lines in pages if lines), [])
    largest = max((line.size for line in lines), default=0.0)
    title = " ".join(line.text for line in lines if line.size > 0.95 * largest)
    is_title = largest > _TITLE_SIZE * body and len(title) <= _TITLE_CHARACTERS
    return title if is_title and any(map(str.isalpha, title)) else None


def _ranges(numbers: Sequence[int]) -> str:
    """Page numbers as people write them, such as "1, 3-5"."""
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b > a + 1)]
    stops = [*(a for a, b in pairwise(numbers) if b > a + 1), numbers[-1]]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, stops, strict=True))
