"""The first stage of a build: every file goes into the catalogue, read or carried over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from chatbot.index.catalog import FileRow
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.ingestion.earlier_build import EarlierBuild
from chatbot.ingestion.file_source import CutDocument, Discarded, FileEnd, FileSource, file_row
from chatbot.ingestion.scan import FoundFile

FileOutcome = Literal["read", "carried", "skipped"]


@dataclass(frozen=True, slots=True)
class ReadStage:
    """Puts files into the catalogue."""

    earlier: EarlierBuild
    writer: CatalogWriter
    source: FileSource

    def outcomes(self, files: Iterable[FoundFile]) -> Iterator[FileOutcome]:
        """Put the files into the catalogue in their order, yielding the outcome of each."""
        pending: deque[tuple[FoundFile, FileRow | None]] = deque()
        for found in files:
            file = found
            unchanged = self.earlier.unchanged(file)
            if not unchanged and not file.problem:
                file = self.source.request(file)
            pending.append((file, unchanged))
            while pending and self.source.full(len(pending)):
                yield self._add_file(*pending.popleft())
        while pending:
            yield self._add_file(*pending.popleft())

    def _add_file(self, file: FoundFile, unchanged: FileRow | None) -> FileOutcome:
        if unchanged:
            self.writer.carry_file(unchanged)
            return "skipped" if unchanged.skipped else "carried"
        row = file_row(file)
        self.writer.add_file(row)
        if not file.problem:
            row = self._read_file(file, row)
        return "skipped" if row.skipped else "read"

    def _read_file(self, file: FoundFile, row: FileRow) -> FileRow:
        """Add the documents of a file, or the reason why it has none; its row is completed."""
        for event in self.source.events(file):
            match event:
                case CutDocument(document, passages, keys):
                    self.writer.add_document(document, passages, keys)
                case Discarded():
                    self.writer.drop_documents()
                case FileEnd(row, parts):
                    self.writer.amend_file(row, parts)
        return row
