"""CSV and TSV: a table with any usual delimiter, in any encoding."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from itertools import islice
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title
from chatbot.readers.media_types import CSV, TSV
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.write_table import write_sheet
from chatbot.types import Document

_DELIMITERS: Final = "\t,;|"
_SAMPLE_ROWS: Final = 200


def read_csv(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    text = decode(file.data)
    writer = DocumentWriter()
    write_sheet(writer, _rows(text, _delimiter(text)))
    yield writer.document(
        file.name,
        source=file.name,
        media_type=TSV if file.name.endswith(".tsv") else CSV,
        title=file_title(file.name),
    )


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The rows; if the quoting is invalid, quotation marks count as ordinary characters."""
    try:
        # A cell longer than the library's limit raises the same error.
        return list(csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        lines = StringIO(text, newline="")
        return [line.rstrip("\n").split(delimiter) for line in lines]


def _delimiter(text: str) -> str:
    """The delimiter that splits the most rows into one number of cells, preferably a large one.

    The standard library's sniffer also considers letters, and fails on a table of one column.
    """
    return max(_DELIMITERS, key=lambda delimiter: _agreement(text, delimiter))


def _agreement(text: str, delimiter: str) -> tuple[float, int]:
    rows = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        sizes = Counter(len(row) for row in islice(rows, _SAMPLE_ROWS) if row)
    except csv.Error:
        return 0.0, 0
    size, count = max(sizes.items(), key=lambda entry: (entry[1], entry[0]), default=(1, 0))
    return (count / sizes.total(), size) if size > 1 else (0.0, 0)
