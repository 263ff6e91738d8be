"""File -> documents: one module a family of formats, one table from media type to reader.

A reader gets the bytes and the names, and yields documents; it raises UnreadableFile, with a
reason for the person who owns the file, where it can't. The reader of a container yields the
files inside, which are read in their turn; one of them that can't be read is a `Skipped`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.containers.archive import read_gzip, read_zip
from chatbot.readers.containers.mail import read_mailbox, read_message
from chatbot.readers.detection.media_type import media_type
from chatbot.readers.detection.office_kind import DOCX, EPUB, ODG, ODP, ODS, ODT, PPTX, XLS, XLSX
from chatbot.readers.detection.xml_kind import EXCEL_XML, FLAT_ODF, WORD_XML
from chatbot.readers.markup.epub import read_epub
from chatbot.readers.markup.html import read_html
from chatbot.readers.markup.markdown import read_markdown
from chatbot.readers.markup.plain import read_plain
from chatbot.readers.markup.xml_document import read_excel_xml, read_xml
from chatbot.readers.odf.odf import read_flat_odf, read_odf
from chatbot.readers.office.docx import read_docx, read_word_xml
from chatbot.readers.office.pptx import read_pptx
from chatbot.readers.office.workbooks import read_xls, read_xlsx
from chatbot.readers.raw_file import RawFile, Skipped, unused
from chatbot.readers.records.delimited import read_csv
from chatbot.readers.records.json_document import read_json
from chatbot.readers.records.jsonl import read_jsonl
from chatbot.readers.refused import REFUSED
from chatbot.readers.rtf.rtf import read_rtf
from chatbot.types import Document

__all__ = ["READERS", "RawFile", "Skipped", "read"]

Reader = Callable[[RawFile], Iterator[Document | RawFile | Skipped]]


def _read_pdf(file: RawFile) -> Iterator[Document]:
    # Its libraries weigh more than all others together, and many a corpus has no PDF.
    from chatbot.readers.pdf.pdf import read_pdf

    return read_pdf(file)


READERS: Final[dict[str, Reader]] = {
    "text/markdown": read_markdown,
    "text/plain": read_plain,
    "text/html": read_html,
    "application/jsonl": read_jsonl,
    "application/pdf": _read_pdf,
    DOCX: read_docx,
    PPTX: read_pptx,
    XLSX: read_xlsx,
    XLS: read_xls,
    **REFUSED,
    EPUB: read_epub,
    FLAT_ODF: read_flat_odf,
    WORD_XML: read_word_xml,
    EXCEL_XML: read_excel_xml,
    "application/xml": read_xml,
    "application/json": read_json,
    "application/rtf": read_rtf,
    **dict.fromkeys((ODT, ODP, ODS, ODG), read_odf),
    "text/csv": read_csv,
    "text/tab-separated-values": read_csv,
    "application/zip": read_zip,
    "application/gzip": read_gzip,
    "message/rfc822": read_message,
    "application/mbox": read_mailbox,
}

# Whoever watches is told the path of each file inside another before it is read, and may say why
# it is to be passed over.
PassOver = Callable[[str], str | None]

_CONTAINERS: Final = frozenset(
    {"application/zip", "application/gzip", "message/rfc822", "application/mbox"}
)
# An archive in an archive is read; what lies deeper is made by nobody but to do harm.
_DEEPEST: Final = 2
# What the files inside a file may weigh together.
_LARGEST_INSIDE: Final = 1_000_000_000


def read(file: RawFile, *, pass_over: PassOver = lambda _: None) -> Iterator[Document | Skipped]:
    """The documents in a file and in the files inside it, those without any text left out.

    Raises UnreadableFile where the format is unknown, the file is damaged, or no text is in it;
    of a file inside the file that is said by a `Skipped`.
    """
    return _Reading(pass_over).documents(file)


class _Reading:
    """The reading of one file of the corpus, which bounds what may come out of it."""

    def __init__(self, pass_over: PassOver) -> None:
        self._pass_over = pass_over
        self._inside = 0
        self._names: Counter[str] = Counter()

    def documents(self, file: RawFile) -> Iterator[Document | Skipped]:
        kind = file.media_type or media_type(file.name, file.data)
        if kind not in READERS:
            suffix = PurePosixPath(file.name).suffix
            raise UnreadableFile(f"unsupported format: {f'{suffix} ({kind})' if suffix else kind}")
        if kind in _CONTAINERS and file.depth >= _DEEPEST:
            raise UnreadableFile("nested too deeply: a container in a container in a container")
        empty = True
        try:
            for found in READERS[kind](file):
                if isinstance(found, RawFile):
                    empty = False
                    yield from self._part(found)
                elif isinstance(found, Skipped) or found.blocks:
                    empty = False
                    yield found
        except RecursionError:
            raise UnreadableFile("nested too deeply") from None
        if empty:
            raise UnreadableFile("no text in it")

    def _part(self, part: RawFile) -> Iterator[Document | Skipped]:
        name = unused(part.name, self._names)
        if reason := self._pass_over(name):
            yield Skipped(name, reason)
            return
        self._inside += len(part.data)
        if self._inside > _LARGEST_INSIDE:
            raise UnreadableFile(
                f"too large: it holds more than {_LARGEST_INSIDE / 1e6:,.0f} MB in all"
            )
        try:
            kind = part.media_type or media_type(part.name, part.data)
            yield from self.documents(part.renamed(name, kind))
        except UnreadableFile as failure:
            yield Skipped(name, failure.reason)
        except MemoryError:
            raise
        except Exception as failure:  # noqa: BLE001 - a damaged file may break a parser in any way
            yield Skipped(name, damaged(failure))


def damaged(failure: Exception) -> str:
    """The reason for which a file is skipped that broke its reader."""
    return f"damaged, or not what its name says ({type(failure).__name__})"
