"""The first stage of a build: every file of the corpus into the catalogue, read or carried over."""

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
from chatbot.ingestion.earlier_build import Earlier
from chatbot.ingestion.embedding import embedding_key
from chatbot.ingestion.isolation import Afresh, Isolation
from chatbot.ingestion.scan import FoundFile
from chatbot.readers import Skipped
from chatbot.readers.worker import Opened
from chatbot.types import Document, Passage

Outcome = Literal["read", "carried", "skipped"]

# One file is read while another is cut; to ask for many would only fill the pipe.
_ASKED_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Cut:
    """How documents become passages."""

    count_tokens: CountTokens
    passage_tokens: int
    model_fingerprint: str

    def passages(self, document: Document) -> tuple[Passage, ...]:
        return chunk(document, count_tokens=self.count_tokens, budget=self.passage_tokens)


@dataclass(frozen=True, slots=True)
class Reading:
    """Puts files into the catalogue, each by whichever way is open.

    `prefix_ids` says that the documents of a file with several are called after it.
    """

    cut: Cut
    earlier: Earlier
    writer: CatalogWriter
    isolation: Isolation
    prefix_ids: bool

    def files(self, found: Iterable[FoundFile]) -> Iterator[Outcome]:
        """Put these files into the catalogue, in their order, and say which way it was."""
        opened = False
        ahead: deque[tuple[FoundFile, FileRow | None]] = deque()
        for file in found:
            known = self.earlier.unchanged(file)
            if not known and not file.problem:
                prefix = f"{file.name}/" if self.prefix_ids else ""
                self.isolation.ask(file.path, file.name, prefix)
                if not opened:
                    # The model opens while the process that reads is starting.
                    opened = bool(self.cut.count_tokens([""]))
            ahead.append((file, known))
            if len(ahead) > _ASKED_AHEAD:
                yield self._file(*ahead.popleft())
        while ahead:
            yield self._file(*ahead.popleft())

    def _file(self, file: FoundFile, known: FileRow | None) -> Outcome:
        if known:
            self.writer.carry_file(known)
            return "skipped" if known.skipped else "carried"
        row = FileRow(file.name, file.size, file.modified_ns, "").skipped_for(file.problem)
        self.writer.add_file(row)
        if not file.problem:
            row = self._read(row)
        return "skipped" if row.skipped else "read"

    def _read(self, row: FileRow) -> FileRow:
        """Put the documents of a file into the catalogue, or the reason why there are none."""
        parts: list[SkippedFile] = []
        any_document = False
        try:
            for answer in self.isolation.answers():
                match answer:
                    case Opened(sha256, media_type):
                        row = row._replace(sha256=sha256, media_type=media_type)
                    case Skipped(name, reason):
                        parts.append(SkippedFile(name, *reason))
                    case Afresh():
                        self.writer.drop_documents()
                        parts.clear()
                        any_document = False
                    case Document():
                        self._add(answer)
                        any_document = True
        except UnreadableFile as failure:
            self.writer.drop_documents()
            parts.clear()
            row = row.skipped_for(failure.reason)
        else:
            if not any_document:
                row = row.skipped_for(_nothing_inside(parts))
        self.writer.amend_file(row, parts)
        return row

    def _add(self, document: Document) -> None:
        passages = self.cut.passages(document)
        model = self.cut.model_fingerprint
        keys = [embedding_key(document, each, model) for each in passages]
        self.writer.add_document(document, passages, keys)


def _nothing_inside(parts: Sequence[SkippedFile]) -> SkipReason:
    """Why a file is skipped when every file inside it is."""
    kinds = {part.kind for part in parts}
    kind = kinds.pop() if len(kinds) == 1 else SkipKind.NO_TEXT
    detail = "the file inside" if len(parts) == 1 else f"all {len(parts):,} files inside"
    return SkipReason(kind, detail)
