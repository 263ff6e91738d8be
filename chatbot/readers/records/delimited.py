"""CSV and TSV: a table with any usual delimiter, in any encoding."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
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
    # The library refuses longer cells; the limit is global, so it's never lowered.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = list(StringIO(text, newline=""))
    writer = DocumentWriter()
    write_sheet(writer, _rows(lines, _delimiter(lines)))
    yield writer.document(
        file.name,
        source=file.name,
        media_type=TSV if file.name.endswith(".tsv") else CSV,
        title=file_title(file.name),
    )


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    """The rows; a line whose quoting is invalid is a row by itself, and spoils no other."""
    start = width = 0
    while start < len(lines):
        rest = (lines[number] for number in range(start, len(lines)))
        reader = csv.reader(rest, delimiter=delimiter, strict=True)
        read = 0
        try:
            for row in reader:
                yield row
                read, width = reader.line_num, len(row) or width
        except csv.Error:
            yield _invalid_row(lines[start + read].rstrip("\r\n"), delimiter, width)
            start += read + 1
        else:
            return


def _invalid_row(line: str, delimiter: str, width: int) -> list[str]:
    """The cells of a line with a mark too many or too few.

    The quotation counts if the row is then as wide as the one before; otherwise the marks are
    ordinary characters.
    """
    (quoted,) = csv.reader([line], delimiter=delimiter)
    return quoted if len(quoted) == width else line.split(delimiter)


def _delimiter(lines: Sequence[str]) -> str:
    """The delimiter that splits the most rows into one number of cells, preferably a large one.

    The standard library's sniffer also considers letters, and fails on a table of one column.
    """
    return max(_DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    sizes = Counter(len(row) for row in islice(_rows(lines, delimiter), _SAMPLE_ROWS) if row)
    size, count = max(sizes.items(), key=lambda entry: (entry[1], entry[0]), default=(1, 0))
    return (count / sizes.total(), size) if size > 1 else (0.0, 0)
