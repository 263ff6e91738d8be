"""The lexical arm: BM25 over passages and their surroundings, in tantivy.

A passage is scored by its own words and by those of the passages around it: what a long section
is about is rarely repeated in each of its paragraphs. Only this module
imports tantivy.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged, StorageError
from chatbot.index.ties import best
from chatbot.text.spelling import one_spelling

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

# The passage's own words and those around it; tuned in tests/benchmarks (ranking.py).
_WEIGHTS: Final = {"passage": 0.4, "surroundings": 0.6}
_ANALYZER: Final = "words"
_LONGEST_WORD: Final = 64
_REMEMBERED_PIECES: Final = 65_536
_HEAP_BYTES: Final = 128_000_000

# Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces between words.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


class LexicalDocument(NamedTuple):
    """What the passages of a document are found by, in order, from `first_row` on.

    `heads` say where each passage stands: title, section. They count as its words.
    """

    doc: int
    first_row: int
    heads: list[str]
    texts: list[str]


def _analyzer() -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(_LONGEST_WORD),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


class Words:
    """How text becomes terms, the same for passages and questions."""

    def __init__(self) -> None:
        self._analyzer = _analyzer()
        self._of_piece = lru_cache(_REMEMBERED_PIECES)(self._analyze)

    def terms(self, text: str) -> list[str]:
        """Stemmed, folded words in order, with repetitions."""
        # White space always parts terms, and most pieces between it have been seen before.
        return list(chain.from_iterable(map(self._of_piece, text.split())))

    def _analyze(self, piece: str) -> list[str]:
        found: list[str] = self._analyzer.analyze(searchable(piece))
        return found


def searchable(text: str) -> str:
    """The text in one spelling, scripts without spaces cut into overlapping pairs."""
    return _UNSPACED.sub(_pairs, one_spelling(text))


def _pairs(found: re.Match[str]) -> str:
    run = found.group()
    return f" {' '.join(run[place : place + 2] for place in range(max(1, len(run) - 1)))} "


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in _WEIGHTS:
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    builder.add_unsigned_field("row", fast=True)
    builder.add_unsigned_field("doc", indexed=True)
    return builder.build()


def write_lexical(folder: Path, documents: Iterable[LexicalDocument]) -> None:
    """Write the index of these documents' passages into a new folder. Raises StorageError."""
    folder.mkdir()
    try:
        index = tantivy.Index(_schema(), path=str(folder))
        index.register_tokenizer(_ANALYZER, _analyzer())
        # One thread, so that the same documents give the same segments.
        writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
        for document in documents:
            for entry in _entries(document):
                writer.add_document(entry)
        writer.commit()
        writer.wait_merging_threads()
    except (ValueError, OSError) as failure:
        raise StorageError.while_writing(folder, failure) from failure
    for lock in folder.glob(".tantivy-*.lock"):
        lock.unlink()
    # tantivy closes some files to all but their owner; who may see the folder may search it.
    for path in folder.iterdir():
        path.chmod(folder.stat().st_mode & 0o666)


def _entries(document: LexicalDocument) -> Iterator[tantivy.Document]:
    heads = [searchable(head) for head in document.heads]
    texts = [searchable(text) for text in document.texts]
    for place, (head, text) in enumerate(zip(heads, texts, strict=True)):
        entry = tantivy.Document()
        entry.add_text("passage", f"{head}\n{text}")
        around = texts[max(0, place - 1) : place + 2]
        entry.add_text("surroundings", "\n".join([head, *around]))
        entry.add_unsigned("row", document.first_row + place)
        entry.add_unsigned("doc", document.doc)
        yield entry


def _open(folder: Path) -> tantivy.Index:
    """The index in a folder, which may be read-only. Raises ValueError, OSError.

    tantivy locks a folder to open it, and maps the files; so where the folder takes no lock, one
    of links to them does. A lock that somebody left there is not ours to take.
    """
    try:
        return tantivy.Index.open(str(folder))
    except ValueError:
        with TemporaryDirectory(prefix="chatbot-", ignore_cleanup_errors=True) as place:
            for path in folder.iterdir():
                if path.suffix != ".lock":
                    Path(place, path.name).symlink_to(path.absolute())
            index = tantivy.Index.open(place)
            # Or it would watch for commits, and lock the folder while it is being removed.
            index.config_reader("manual")
        # A lock that was let go of in that very moment has kept the folder from going.
        shutil.rmtree(place, ignore_errors=True)
        return index


class LexicalIndex:
    """Best passages by BM25 (k1 1.2, b 0.75: Robertson et al., TREC-3, 1994)."""

    def __init__(self, folder: Path) -> None:
        self._words = Words()
        try:
            index = _open(folder)
            index.register_tokenizer(_ANALYZER, _analyzer())
            self._schema = index.schema
            self._searcher = index.searcher()
        except (ValueError, OSError) as failure:
            raise IndexDamaged(
                folder.parent, f"{folder.name} can't be read ({failure})"
            ) from failure

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def terms(self, text: str) -> list[str]:
        """The terms of a text as they stand in the index."""
        return self._words.terms(text)

    def document_frequency(self, term: str) -> int:
        """How many passages have the term."""
        return int(self._searcher.doc_freq("passage", term))

    def search(
        self, emphasis: Mapping[str, float], depth: int, allowed: Rows | None
    ) -> tuple[Rows, Scores]:
        """At most `depth` rows with any of the terms, best first, ties by row.

        `emphasis` says how much each term counts. `allowed` has the numbers of the documents that
        may answer; None admits all.
        """
        query = self._query(emphasis, allowed)

        def strongest(wanted: int) -> tuple[Rows, Scores]:
            found = self._searcher.search(query, wanted, count=False).hits
            places = [address for _, address in found]
            rows = self._searcher.fast_field_values("row", places) if found else []
            return np.array(rows, np.int64), np.array([score for score, _ in found], np.float32)

        return best(strongest, depth)

    def _query(self, emphasis: Mapping[str, float], allowed: Rows | None) -> tantivy.Query:
        query = tantivy.Query.boolean_query(
            [
                (
                    tantivy.Occur.Should,
                    tantivy.Query.boost_query(
                        tantivy.Query.term_query(self._schema, name, term, "freq"),
                        weight * count,
                    ),
                )
                for term, count in sorted(emphasis.items())
                for name, weight in _WEIGHTS.items()
            ]
        )
        if allowed is None:
            return query
        admitted = tantivy.Query.term_set_query(self._schema, "doc", allowed.tolist())
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, query),
                # A condition, not a clue: it must not add to the score.
                (tantivy.Occur.Must, tantivy.Query.const_score_query(admitted, 0.0)),
            ]
        )
