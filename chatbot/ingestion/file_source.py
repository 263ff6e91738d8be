"""Read one file into documents, cut into passages, or into the reason why it has none."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final, Protocol

from chatbot.chunking import CountTokens, TooManyPassages, chunk
from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.index.catalog import FileRow
from chatbot.index.manifest import SkippedFile
from chatbot.ingestion.embedding import embedding_key
from chatbot.ingestion.isolation import IsolatedReader, ReaderReply, Restarted
from chatbot.ingestion.passage_language import in_language, with_language
from chatbot.ingestion.scan import FoundFile, too_large
from chatbot.readers import Skipped
from chatbot.readers.reading_messages import Limits, Opened
from chatbot.settings import Settings
from chatbot.types import Document, Passage

# One file is read while another is chunked; more requests would only fill the pipe.
_REQUESTED_AHEAD: Final = 2


@dataclass(frozen=True, slots=True)
class CutDocument:
    """A document with its passages, and a hash per passage of what its vectors are made from."""

    document: Document
    passages: tuple[Passage, ...]
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Discarded:
    """The documents of the file so far don't count."""


@dataclass(frozen=True, slots=True)
class FileEnd:
    """The file is done: its row, and the files inside it that were skipped."""

    row: FileRow
    parts: tuple[SkippedFile, ...] = ()


FileEvent = CutDocument | Discarded | FileEnd


class FileSource(Protocol):
    """Reads the requested files in their order."""

    def full(self, waiting: int) -> bool:
        """Whether a file should be taken before the next is requested; `waiting` ones aren't."""
        ...

    def request(self, file: FoundFile) -> FoundFile:
        """Request a file. What is returned has a problem if it can't be opened."""
        ...

    def events(self, file: FoundFile) -> Iterator[FileEvent]:
        """What the next requested file has, in order; the last event is its end."""
        ...

    def close(self) -> None:
        """End what reads the files."""
        ...


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts documents into passages for one model."""

    count_tokens: CountTokens
    passage_tokens: int
    model_fingerprint: str

    def passages(self, document: Document, *, most: int) -> tuple[Passage, ...]:
        """The passages of a document. Raises TooManyPassages for more than `most`."""
        return chunk(
            document, count_tokens=self.count_tokens, budget=self.passage_tokens, most=most
        )


def reading_limits(settings: Settings) -> Limits:
    """The limits on reading a file."""
    return Limits(
        seconds=settings.file_seconds,
        memory=int(settings.file_memory_megabytes * 1e6),
        output=int(settings.file_text_megabytes * 1e6),
    )


class LocalFiles:
    """Reads files in a child process of this one."""

    def __init__(self, chunker: Chunker, settings: Settings) -> None:
        self.reader = IsolatedReader(reading_limits(settings))
        self._chunker = chunker
        # Documents inside a container have ids that begin with its name.
        self._prefix_ids = not settings.corpus.is_file()
        self._largest_file = int(settings.file_megabytes * 1e6)
        self._most_passages = settings.file_passages
        self._model_opened = False

    def full(self, waiting: int) -> bool:
        return waiting > _REQUESTED_AHEAD

    def close(self) -> None:
        self.reader.close()

    def request(self, file: FoundFile) -> FoundFile:
        """Request a file as it is now: its size and time when it is opened are those that count."""
        try:
            opened = file.open()
        except UnreadableFile as failure:
            return file._replace(problem=failure.reason)
        if opened.size > self._largest_file:
            opened.close()
            return file._replace(problem=too_large(opened.size, self._largest_file))
        self.reader.request(opened, file.name, f"{file.name}/" if self._prefix_ids else "")
        if not self._model_opened:
            # The model opens while the reading process starts.
            self._model_opened = bool(self._chunker.count_tokens([""]))
        return file._replace(size=opened.size, modified_ns=opened.modified_ns)

    def events(self, file: FoundFile) -> Iterator[FileEvent]:
        content = _FileContent(file_row(file))
        try:
            # Closed if the file has too much: then the rest of it is not read.
            with closing(self.reader.replies()) as replies:
                for reply in replies:
                    yield from self._take(reply, content)
        except UnreadableFile as failure:
            yield Discarded()
            content.clear()
            row = content.row.skipped_for(failure.reason)
        else:
            row = content.row
            if not content.documents:
                row = row.skipped_for(_shared_reason(content.skipped_parts))
        yield FileEnd(row, tuple(content.skipped_parts))

    def _take(self, reply: ReaderReply, content: _FileContent) -> Generator[FileEvent, None, None]:
        match reply:
            case Opened(sha256, media_type):
                content.row = content.row._replace(sha256=sha256, media_type=media_type)
            case Skipped(name, reason):
                content.skipped_parts.append(SkippedFile(name, *reason))
                if len(content.skipped_parts) > self._most_passages:
                    raise self._too_much("files inside")
            case Restarted():
                content.clear()
                yield Discarded()
            case Document():
                cut = self._cut(reply, most=self._most_passages - content.passages)
                content.passages += len(cut.passages)
                content.documents += 1
                yield cut

    def _cut(self, document: Document, *, most: int) -> CutDocument:
        document = with_language(document)
        try:
            cut = self._chunker.passages(document, most=most)
        except TooManyPassages:
            raise self._too_much("passages") from None
        passages = tuple(in_language(passage, document) for passage in cut)
        model = self._chunker.model_fingerprint
        keys = tuple(embedding_key(document, passage, model) for passage in passages)
        return CutDocument(document, passages, keys)

    def _too_much(self, things: str) -> UnreadableFile:
        detail = f"more than {self._most_passages:,} {things} (the setting file_passages)"
        return UnreadableFile(SkipKind.TOO_LARGE, detail)


def file_row(file: FoundFile) -> FileRow:
    """The row of a file before it is read."""
    return FileRow(file.name, file.size, file.modified_ns, "").skipped_for(file.problem)


@dataclass(slots=True)
class _FileContent:
    """What is known of a file while it is read."""

    row: FileRow
    skipped_parts: list[SkippedFile] = field(default_factory=list)
    documents: int = 0
    passages: int = 0

    def clear(self) -> None:
        """Forget everything inside it."""
        self.skipped_parts.clear()
        self.documents = self.passages = 0


def _shared_reason(parts: Sequence[SkippedFile]) -> SkipReason:
    """The reason for skipping a container whose parts are all skipped."""
    kinds = {part.kind for part in parts}
    kind = kinds.pop() if len(kinds) == 1 else SkipKind.NO_TEXT
    detail = "the file inside" if len(parts) == 1 else f"all {len(parts):,} files inside"
    return SkipReason(kind, detail)
