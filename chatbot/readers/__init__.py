"""File -> documents: one module a family of formats, one table from media type to reader.

A reader gets the bytes and the names, and yields documents; it raises UnreadableFile, with a
reason for the person who owns the file, where it can't.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.detect import media_type
from chatbot.readers.html import read_html
from chatbot.readers.jsonl import read_jsonl
from chatbot.readers.markdown import read_markdown
from chatbot.readers.pdf.reader import read_pdf
from chatbot.readers.plain import read_plain
from chatbot.readers.raw import RawFile
from chatbot.types import Document

__all__ = ["READERS", "RawFile", "read"]

Reader = Callable[[RawFile], Iterator[Document]]

READERS: Final[dict[str, Reader]] = {
    "text/markdown": read_markdown,
    "text/plain": read_plain,
    "text/html": read_html,
    "application/jsonl": read_jsonl,
    "application/pdf": read_pdf,
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
