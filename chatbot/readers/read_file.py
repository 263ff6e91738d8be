"""A file of the corpus -> its documents, including those of the files inside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.detection.media_type import media_type
from chatbot.readers.formats import Format, Formats, Reader
from chatbot.readers.installed import installed_formats
from chatbot.readers.raw_file import RawFile, Skipped, unused_name
from chatbot.types import Document

# Called with the path of each inner file before it is read; returns a reason to skip it, or None.
SkipInner = Callable[[str], SkipReason | None]

# An archive in an archive is read; deeper nesting only occurs in attacks.
_DEEPEST: Final = 2
# Upper bound on the bytes of all files inside one file.
_LARGEST_INSIDE: Final = 1_000_000_000


def read(
    file: RawFile,
    *,
    skip_inner: SkipInner = lambda _: None,
    formats: Formats | None = None,
) -> Iterator[Document | Skipped]:
    """Yield the documents in a file and in the files inside it; documents without text are dropped.

    Raises UnreadableFile if the format is unknown, the file is damaged, or it has no text. An
    unreadable file inside yields a `Skipped` instead.
    """
    return _FileReading(skip_inner, formats or installed_formats()).documents(file)


class _FileReading:
    """Reads one file of the corpus, and bounds how much may come out of it."""

    def __init__(self, skip_inner: SkipInner, formats: Formats) -> None:
        self._skip_inner = skip_inner
        self._formats = formats
        self._bytes_inside = 0
        self._names: Counter[str] = Counter()

    def documents(self, file: RawFile) -> Iterator[Document | Skipped]:
        kind = file.media_type or media_type(file.name, file.data, self._formats)
        file_format = self._formats.get(kind)
        reader = _reader(file_format, kind, file)
        if file_format and file_format.container and file.depth >= _DEEPEST:
            raise UnreadableFile(SkipKind.TOO_DEEP, "an archive in an archive in an archive")
        empty = True
        try:
            for item in reader(file):
                if isinstance(item, RawFile):
                    empty = False
                    yield from self._inner(item)
                elif isinstance(item, Skipped) or item.blocks:
                    empty = False
                    yield item
        except RecursionError:
            raise UnreadableFile(SkipKind.TOO_DEEP) from None
        if empty:
            raise UnreadableFile(SkipKind.NO_TEXT)

    def _inner(self, inner: RawFile) -> Iterator[Document | Skipped]:
        name = unused_name(inner.name, self._names)
        if reason := self._skip_inner(name):
            yield Skipped(name, reason)
            return
        self._bytes_inside += len(inner.data)
        if self._bytes_inside > _LARGEST_INSIDE:
            raise UnreadableFile(
                SkipKind.TOO_LARGE, f"it holds more than {_LARGEST_INSIDE / 1e6:,.0f} MB in all"
            )
        try:
            kind = inner.media_type or media_type(inner.name, inner.data, self._formats)
            yield from self.documents(inner.renamed(name, kind))
        except UnreadableFile as failure:
            yield Skipped(name, failure.reason)
        except MemoryError:
            raise
        except Exception as failure:  # noqa: BLE001 - a damaged file may break a parser in any way
            yield Skipped(name, reader_failure(failure))


def _reader(file_format: Format | None, kind: str, file: RawFile) -> Reader:
    if file_format and file_format.refusal:
        raise UnreadableFile(*file_format.refusal)
    if not file_format or not file_format.reader:
        suffix = PurePosixPath(file.name).suffix
        raise UnreadableFile(SkipKind.UNSUPPORTED, f"{suffix} ({kind})" if suffix else kind)
    try:
        return file_format.load_reader()
    except (ImportError, AttributeError) as failure:
        detail = f"the reader of {file_format.name} can't be imported ({failure})"
        raise UnreadableFile(SkipKind.UNSUPPORTED, detail) from failure


def reader_failure(failure: Exception) -> SkipReason:
    """The reason for skipping a file whose reader failed."""
    return SkipReason(SkipKind.DAMAGED, f"its reader failed ({type(failure).__name__})")
