"""The first stage of a build: every file goes into the catalogue, read or carried over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chatbot.chunking import CountTokens, chunk
from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.index.catalog import FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.manifest import SkippedFile
from chatbot.ingestion.earlier_build import EarlierBuild
from chatbot.ingestion.embedding import embedding_key
from chatbot.ingestion.isolation import IsolatedReader, Restarted
from chatbot.ingestion.scan import FoundFile
from chatbot.readers import Skipped
from chatbot.readers.worker import Opened
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

    def passages(self, document: Document) -> tuple[Passage, ...]:
        return chunk(document, count_tokens=self.count_tokens, budget=self.passage_tokens)


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

    def outcomes(self, files: Iterable[FoundFile]) -> Iterator[FileOutcome]:
        """Put the files into the catalogue in their order, yielding the outcome of each."""
        model_opened = False
        pending: deque[tuple[FoundFile, FileRow | None]] = deque()
        for file in files:
            unchanged = self.earlier.unchanged(file)
            if not unchanged and not file.problem:
                prefix = f"{file.name}/" if self.prefix_ids else ""
                self.reader.request(file.path, file.name, prefix)
                if not model_opened:
                    # The model opens while the reading process starts.
                    model_opened = bool(self.chunker.count_tokens([""]))
            pending.append((file, unchanged))
            if len(pending) > _REQUESTED_AHEAD:
                yield self._add_file(*pending.popleft())
        while pending:
            yield self._add_file(*pending.popleft())

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
        skipped_parts: list[SkippedFile] = []
        has_documents = False
        try:
            for reply in self.reader.replies():
                match reply:
                    case Opened(sha256, media_type):
                        row = row._replace(sha256=sha256, media_type=media_type)
                    case Skipped(name, reason):
                        skipped_parts.append(SkippedFile(name, *reason))
                    case Restarted():
                        self.writer.drop_documents()
                        skipped_parts.clear()
                        has_documents = False
                    case Document():
                        self._add_document(reply)
                        has_documents = True
        except UnreadableFile as failure:
            self.writer.drop_documents()
            skipped_parts.clear()
            row = row.skipped_for(failure.reason)
        else:
            if not has_documents:
                row = row.skipped_for(_shared_reason(skipped_parts))
        self.writer.amend_file(row, skipped_parts)
        return row

    def _add_document(self, document: Document) -> None:
        passages = self.chunker.passages(document)
        model = self.chunker.model_fingerprint
        keys = [embedding_key(document, passage, model) for passage in passages]
        self.writer.add_document(document, passages, keys)


def _shared_reason(parts: Sequence[SkippedFile]) -> SkipReason:
    """The reason for skipping a container whose parts are all skipped."""
    kinds = {part.kind for part in parts}
    kind = kinds.pop() if len(kinds) == 1 else SkipKind.NO_TEXT
    detail = "the file inside" if len(parts) == 1 else f"all {len(parts):,} files inside"
    return SkipReason(kind, detail)
