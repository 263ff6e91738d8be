"""The first stage of a build: every file goes into the catalogue, read or carried over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

from chatbot.chunking import CountTokens, TooManyPassages, chunk
from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.index.catalog import FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.manifest import SkippedFile
from chatbot.ingestion.earlier_build import EarlierBuild
from chatbot.ingestion.embedding import embedding_key
from chatbot.ingestion.isolation import IsolatedReader, ReaderReply, Restarted
from chatbot.ingestion.passage_language import in_language, with_language
from chatbot.ingestion.scan import FoundFile, too_large
from chatbot.readers import Skipped
from chatbot.readers.reading_messages import Opened
from chatbot.types import Document, Passage

FileOutcome = Literal["read", "carried", "skipped"]

# One file is read while another is chunked; more requests would only fill the pipe.
_REQUESTED_AHEAD = 2


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


@dataclass(frozen=True, slots=True)
class ReadStage:
    """Puts files into the catalogue.

    With `prefix_ids`, the ids of documents inside a container begin with the container's name.
    """

    chunker: Chunker
    earlier: EarlierBuild
    writer: CatalogWriter
    reader: IsolatedReader
    prefix_ids: bool
    largest_file: int
    most_passages: int

    def outcomes(self, files: Iterable[FoundFile]) -> Iterator[FileOutcome]:
        """Put the files into the catalogue in their order, yielding the outcome of each."""
        model_opened = False
        pending: deque[tuple[FoundFile, FileRow | None]] = deque()
        for found in files:
            file = found
            unchanged = self.earlier.unchanged(file)
            if not unchanged and not file.problem:
                file = self._request(file)
                if not model_opened:
                    # The model opens while the reading process starts.
                    model_opened = bool(self.chunker.count_tokens([""]))
            pending.append((file, unchanged))
            if len(pending) > _REQUESTED_AHEAD:
                yield self._add_file(*pending.popleft())
        while pending:
            yield self._add_file(*pending.popleft())

    def _request(self, file: FoundFile) -> FoundFile:
        """Request a file. Its size and time are taken when it is opened."""
        try:
            opened = file.open()
        except UnreadableFile as failure:
            return file._replace(problem=failure.reason)
        if opened.size > self.largest_file:
            opened.close()
            return file._replace(problem=too_large(opened.size, self.largest_file))
        self.reader.request(opened, file.name, f"{file.name}/" if self.prefix_ids else "")
        return file._replace(size=opened.size, modified_ns=opened.modified_ns)

    def _add_file(self, file: FoundFile, unchanged: FileRow | None) -> FileOutcome:
        if unchanged:
            self.writer.carry_file(unchanged)
            return "skipped" if unchanged.skipped else "carried"
        row = FileRow(file.name, file.size, file.modified_ns, "").skipped_for(file.problem)
        self.writer.add_file(row)
        if not file.problem:
            row = self._read_file(row)
        return "skipped" if row.skipped else "read"

    def _read_file(self, row: FileRow) -> FileRow:
        """Add the documents of a file, or the reason why it has none."""
        content = _FileContent(row)
        try:
            # Closed if the file has too much: then the rest of it is not read.
            with closing(self.reader.replies()) as replies:
                for reply in replies:
                    self._take(reply, content)
        except UnreadableFile as failure:
            self.writer.drop_documents()
            content.clear()
            row = content.row.skipped_for(failure.reason)
        else:
            row = content.row
            if not content.documents:
                row = row.skipped_for(_shared_reason(content.skipped_parts))
        self.writer.amend_file(row, content.skipped_parts)
        return row

    def _take(self, reply: ReaderReply, content: _FileContent) -> None:
        match reply:
            case Opened(sha256, media_type):
                content.row = content.row._replace(sha256=sha256, media_type=media_type)
            case Skipped(name, reason):
                content.skipped_parts.append(SkippedFile(name, *reason))
                if len(content.skipped_parts) > self.most_passages:
                    raise self._too_much("files inside")
            case Restarted():
                self.writer.drop_documents()
                content.clear()
            case Document():
                content.passages += self._add_document(
                    reply, most=self.most_passages - content.passages
                )
                content.documents += 1

    def _add_document(self, document: Document, *, most: int) -> int:
        """Add a document with its passages, and return their number."""
        document = with_language(document)
        try:
            cut = self.chunker.passages(document, most=most)
        except TooManyPassages:
            raise self._too_much("passages") from None
        passages = [in_language(passage, document) for passage in cut]
        model = self.chunker.model_fingerprint
        keys = [embedding_key(document, passage, model) for passage in passages]
        self.writer.add_document(document, passages, keys)
        return len(passages)

    def _too_much(self, things: str) -> UnreadableFile:
        detail = f"more than {self.most_passages:,} {things} (the setting file_passages)"
        return UnreadableFile(SkipKind.TOO_LARGE, detail)


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
