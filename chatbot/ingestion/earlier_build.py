"""What of an earlier build still holds: its vectors, its files, or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from chatbot.index import layout
from chatbot.index.catalog import FileRow
from chatbot.index.dense import DenseIndex, cells_for
from chatbot.index.opened_build import Build
from chatbot.ingestion.scan import FoundFile

# A file written while the earlier build read it may have changed within the clock's resolution.
_RACY_SECONDS = 2

# What the manifest calls the passages embedded since the centres of the cells were found, and
# the share of them, or of cells, from which on centres are found anew.
STRANGERS = "strangers"
_MISFIT = 0.1


class Earlier:
    """The build in service as a source for the next one.

    Vectors hold as long as the model is the same; passages only if all that shapes them is.
    """

    def __init__(self, build: Build | None, *, model: str, shaping: dict[str, Any]) -> None:
        same_model = build is not None and build.manifest.model_fingerprint == model
        self.build = build if same_model else None
        self._shaped_alike = self.build is not None and self.build.manifest.shaping == shaping

    @property
    def lexical(self) -> Path | None:
        """The earlier lexical index, if the same words would be written in the same way."""
        if self.build is None or not self._shaped_alike:
            return None
        same = self.build.manifest.versions.get("tantivy") == version("tantivy")
        return self.build.folder / layout.LEXICAL if same else None

    def centres(self, *, passages: int, fresh: int) -> DenseIndex | None:
        """The earlier dense index, if the centres of its cells suit the new one as well.

        They do while there are about as many passages as they were found for, and few others.
        """
        if self.build is None or not self.build.dense.method:
            return None
        cells, wanted = self.build.dense.method["cells"], cells_for(passages)
        strangers = self.strangers + fresh
        few = abs(cells - wanted) <= _MISFIT * wanted and strangers <= _MISFIT * passages
        return self.build.dense if few else None

    @property
    def strangers(self) -> int:
        """How many passages were embedded since the centres of the cells were found."""
        return self.build.manifest.dense.get(STRANGERS, 0) if self.build else 0

    @cached_property
    def _files(self) -> dict[str, FileRow]:
        if self.build is None or not self._shaped_alike:
            return {}
        return {row.path: row for row in self.build.catalog.files()}

    def is_current(self, found: Sequence[FoundFile], corpus: Path) -> bool:
        """Whether building these files, which are all of the corpus, would change anything.

        A corpus that has moved changes where its files are looked for.
        """
        return (
            self.build is not None
            and self.build.manifest.corpus == str(corpus.resolve())
            and self._files.keys() == {file.name for file in found}
            and all(self.unchanged(file) for file in found)
        )

    def unchanged(self, file: FoundFile) -> FileRow | None:
        """The file's row, if it is as the earlier build read it.

        A file that could not be read then is tried again, unless it is plain that it still can't.
        """
        known = self._files.get(file.name)
        if known is None or known.size != file.size or self.build is None:
            return None
        if file.problem or not known.sha256:
            return known if known.reason == file.problem else None
        began = self.build.made.timestamp()
        settled = file.modified_ns < (began - _RACY_SECONDS) * 1e9
        if settled and known.modified_ns == file.modified_ns:
            return known
        try:
            return known if sha256_of(file.path) == known.sha256 else None
        except OSError:
            return None


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
