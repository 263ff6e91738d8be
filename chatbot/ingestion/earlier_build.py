"""Decide which files and vectors of an earlier build can be carried over."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chatbot.errors import UnreadableFile
from chatbot.index import layout
from chatbot.index.catalog import FileRow
from chatbot.index.dense import DenseIndex, cells_for
from chatbot.index.folder_build import FolderBuild
from chatbot.ingestion.scan import FoundFile
from chatbot.readers.installed import extensions
from chatbot.settings import Settings

# A file changed while the earlier build read it may still have the same time stamp.
_RACY_SECONDS = 2

# The manifest's name for passages embedded since the cell centres were trained.
STRANGERS = "strangers"
# Centres are trained again when strangers exceed this share of the passages, or when the best
# number of cells has moved by more than this share.
_RETRAINING_SHARE = 0.1


def shaping_settings(settings: Settings) -> dict[str, Any]:
    """Everything that decides which passages a file yields."""
    return {
        "chatbot": version("chatbot"),
        "passage_tokens": settings.passage_tokens,
        "file_megabytes": settings.file_megabytes,
        "file_seconds": settings.file_seconds,
        "file_memory_megabytes": settings.file_memory_megabytes,
        "file_text_megabytes": settings.file_text_megabytes,
        "file_passages": settings.file_passages,
        "single_file": settings.corpus.is_file(),
        "readers": extensions(),
    }


class EarlierBuild:
    """The build in service as a source for the next one.

    Vectors are reusable if the model is the same; passages only if all shaping settings are.
    """

    def __init__(self, build: FolderBuild | None, *, model: str, shaping: dict[str, Any]) -> None:
        same_model = build is not None and build.manifest.model_fingerprint == model
        self.build = build if same_model else None
        self._same_shaping = self.build is not None and self.build.manifest.shaping == shaping

    @property
    def lexical(self) -> Path | None:
        """The earlier lexical index, if the new one would store the same words in the same form."""
        if self.build is None or not self._same_shaping:
            return None
        same_version = self.build.manifest.versions.get("tantivy") == version("tantivy")
        return self.build.folder / layout.LEXICAL if same_version else None

    def centres(self, *, passages: int, embedded: int) -> DenseIndex | None:
        """The earlier dense index, if its cell centres still suit `passages` passages.

        They do if the number of passages is similar and few passages were embedded since training.
        `embedded` counts those of the new build.
        """
        if self.build is None or not self.build.dense.method:
            return None
        cells, best_cells = self.build.dense.method["cells"], cells_for(passages)
        similar_size = abs(cells - best_cells) <= _RETRAINING_SHARE * best_cells
        few_strangers = self.strangers + embedded <= _RETRAINING_SHARE * passages
        return self.build.dense if similar_size and few_strangers else None

    @property
    def strangers(self) -> int:
        """The number of passages embedded since the cell centres were trained."""
        return self.build.manifest.dense.get(STRANGERS, 0) if self.build else 0

    @cached_property
    def _files(self) -> dict[str, FileRow]:
        if self.build is None or not self._same_shaping:
            return {}
        return {row.path: row for row in self.build.catalog.files()}

    def is_current(self, files: Sequence[FoundFile], corpus: Path) -> bool:
        """Whether building these files, the whole corpus, would change nothing.

        A moved corpus is a change: sources are looked up at its path.
        """
        return (
            self.build is not None
            and self.build.manifest.corpus == str(corpus.resolve())
            and self._files.keys() == {file.name for file in files}
            and all(self.unchanged(file) for file in files)
        )

    def unchanged(self, file: FoundFile) -> FileRow | None:
        """The file's earlier row, if the file is still as the earlier build read it.

        A file that could not be opened is tried again unless `file.problem` is still the same.
        """
        row = self._files.get(file.name)
        if row is None or row.size != file.size or self.build is None:
            return None
        if file.problem or not row.sha256:
            return row if row.reason == file.problem else None
        start = self.build.made.timestamp()
        settled = file.modified_ns < (start - _RACY_SECONDS) * 1e9
        if settled and row.modified_ns == file.modified_ns:
            return row
        try:
            with os.fdopen(file.open().descriptor, "rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, UnreadableFile):
            return None
        return row if digest == row.sha256 else None
