"""A build with all its parts in the files of one folder, read in place."""

from __future__ import annotations

from pathlib import Path

from chatbot.index import layout
from chatbot.index.array_files import ScatteredRows, open_rows
from chatbot.index.build_parts import Parts
from chatbot.index.catalog import Catalog
from chatbot.index.dense import DenseIndex
from chatbot.index.int8_vectors import Quantised
from chatbot.index.lexical import LexicalIndex
from chatbot.index.opened_build import Build
from chatbot.index.ties import Rows


class FolderBuild(Build):
    """A build in a folder."""

    dense: DenseIndex
    lexical: LexicalIndex

    def __init__(self, folder: Path) -> None:
        """Open a build. Raises IndexDamaged, IndexMismatch."""
        super().__init__(folder, _open_parts)

    def sentence_rows(self, first: int, last: int) -> Quantised:
        """The sentence vectors of the passages from row `first` to row `last`, included."""
        vectors = open_rows(self.folder / layout.SENTENCES)
        return vectors[self.first_sentence[first] : self.first_sentence[last + 1]]


class _SentenceFile:
    """The vectors of all sentences, in one file."""

    def __init__(self, path: Path) -> None:
        self._vectors = ScatteredRows(path)

    def read(self, _: Rows, firsts: Rows, counts: Rows) -> Quantised:
        return self._vectors.read(firsts, counts)

    def __len__(self) -> int:
        return len(self._vectors)


def _open_parts(build: Build) -> Parts:
    folder = build.folder
    return Parts(
        catalog=Catalog(folder / layout.CATALOG),
        dense=DenseIndex(folder / layout.DENSE),
        lexical=LexicalIndex(folder / layout.LEXICAL, stemmers=build.manifest.analyzers.stemmers),
        sentences=_SentenceFile(folder / layout.SENTENCES),
    )
