"""Source code, configurations and scripts, with their lines and indentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.media_types import CONFIGURATION, LOG, SOURCE_CODE
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

# Programs that a tool has written have lines that nobody reads.
_LONG_FILE: Final = 5_000
_LONGEST_AVERAGE_LINE: Final = 500


def read_code(file: RawFile) -> Iterator[Document]:
    """Yield one document, titled like the file."""
    yield _document(file, SOURCE_CODE)


def read_configuration(file: RawFile) -> Iterator[Document]:
    """Yield one document, titled like the file."""
    yield _document(file, CONFIGURATION)


def read_log(file: RawFile) -> Iterator[Document]:
    """Yield one document, titled like the file."""
    yield _document(file, LOG)


def _document(file: RawFile, media_type: str) -> Document:
    text = decode(file.data)
    if len(text) > _LONG_FILE and len(text) > _LONGEST_AVERAGE_LINE * (text.count("\n") + 1):
        raise UnreadableFile(
            SkipKind.NO_TEXT, "its lines are too long to have been written by people"
        )
    writer = DocumentWriter()
    writer.add("code", text)
    return writer.document(
        file.name,
        source=file.name,
        media_type=media_type,
        title=PurePosixPath(file.name).name,
    )
