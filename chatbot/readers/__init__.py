"""File -> documents: one module a family of formats, one table from media type to reader.

A reader gets the bytes and the names, and yields documents; it raises UnreadableFile, with a
reason for the person who owns the file, where it can't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.delimited import read_csv
from chatbot.readers.detect import media_type
from chatbot.readers.docx import read_docx, read_word_xml
from chatbot.readers.epub import read_epub
from chatbot.readers.html import read_html
from chatbot.readers.json_document import read_json
from chatbot.readers.jsonl import read_jsonl
from chatbot.readers.markdown import read_markdown
from chatbot.readers.odf import read_flat_odf, read_odf
from chatbot.readers.office_kind import DOCX, EPUB, ODG, ODP, ODS, ODT, PPTX, XLS, XLSX
from chatbot.readers.plain import read_plain
from chatbot.readers.pptx import read_pptx
from chatbot.readers.raw import RawFile
from chatbot.readers.refused import REFUSED
from chatbot.readers.rtf import read_rtf
from chatbot.readers.sheets import read_xls, read_xlsx
from chatbot.readers.xml_document import read_excel_xml, read_xml
from chatbot.readers.xml_kind import EXCEL_XML, FLAT_ODF, WORD_XML
from chatbot.types import Document

__all__ = ["READERS", "RawFile", "read"]

Reader = Callable[[RawFile], Iterator[Document]]

READERS: Final[dict[str, Reader]] = {
    "text/markdown": read_markdown,
    "text/plain": read_plain,
    "text/html": read_html,
    "application/jsonl": read_jsonl,
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
}


def read(file: RawFile) -> Iterator[Document]:
    """The documents in a file, those without any text left out.

    Raises UnreadableFile where the format is unknown, the file is damaged, or no text is in it.
    """
    kind = media_type(file.name, file.data)
    if kind not in READERS:
        suffix = PurePosixPath(file.name).suffix
        raise UnreadableFile(f"unsupported format: {f'{suffix} ({kind})' if suffix else kind}")
    empty = True
    try:
        for document in READERS[kind](file):
            if document.blocks:
                empty = False
                yield document
    except RecursionError:
        raise UnreadableFile("nested too deeply") from None
    if empty:
        raise UnreadableFile("no text in it")
