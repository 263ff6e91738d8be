"""Searching the lexical index."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import tantivy
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged
from chatbot.index.arrays import open_rows
from chatbot.index.lexical.segments import DOCUMENTS, FIELDS
from chatbot.index.lexical.words import ANALYZER, Words, analyzer
from chatbot.index.ties import best

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]

# The passage's own words and those around it; tuned in tests/benchmarks (ranking.py).
_WEIGHTS: Final = dict(zip(FIELDS, (0.4, 0.6), strict=True))

_REMEMBERED_TERMS: Final = 65_536


def _open(folder: Path) -> tantivy.Index:
    """The index in a folder, which may be read-only. Raises ValueError, OSError.

    tantivy locks a folder to open it, and maps the files; so where the folder takes no lock, one
    of links to them does. A lock that somebody left there is not ours to take.
    """
    try:
        index = tantivy.Index.open(str(folder))
    except ValueError:
        with TemporaryDirectory(prefix="chatbot-", ignore_cleanup_errors=True) as place:
            for path in folder.iterdir():
                if path.suffix != ".lock":
                    Path(place, path.name).symlink_to(path.absolute())
            index = tantivy.Index.open(place)
            _watch_nothing(index)
        # A lock that was let go of in that very moment has kept the folder from going.
        shutil.rmtree(place, ignore_errors=True)
    else:
        _watch_nothing(index)
    return index


def _watch_nothing(index: tantivy.Index) -> None:
    """A build never changes, and to look for changes tantivy locks a folder that may be going."""
    index.config_reader("manual")


class LexicalIndex:
    """Best passages by BM25 (k1 1.2, b 0.75: Robertson et al., TREC-3, 1994)."""

    def __init__(self, folder: Path) -> None:
        self._words = Words()
        self.document_frequency = lru_cache(_REMEMBERED_TERMS)(self._document_frequency)
        try:
            index = _open(folder)
            index.register_tokenizer(ANALYZER, analyzer())
            self._schema = index.schema
            self._searcher = index.searcher()
            self._keys, first_rows = open_rows(folder / DOCUMENTS).T
        except (ValueError, OSError) as failure:
            raise IndexDamaged(
                folder.parent, f"{folder.name} can't be read ({failure})"
            ) from failure
        order = np.argsort(self._keys)
        self._sorted_keys = self._keys[order]
        self._first_rows = first_rows[order].astype(np.int64)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def terms(self, text: str) -> list[str]:
        """The terms of a text as they stand in the index."""
        return self._words.terms(text)

    def _document_frequency(self, term: str) -> int:
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
            return self._rows(places), np.array([score for score, _ in found], np.float32)

        return best(strongest, depth)

    def _rows(self, places: list[tantivy.DocAddress]) -> Rows:
        """The rows of the passages at these places in tantivy's segments."""
        if not places:
            return np.empty(0, np.int64)
        keys = np.array(self._searcher.fast_field_values("document", places), np.uint64)
        ordinals = np.array(self._searcher.fast_field_values("ordinal", places), np.int64)
        rows: Rows = self._first_rows[np.searchsorted(self._sorted_keys, keys)] + ordinals
        return rows

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
        admitted = tantivy.Query.term_set_query(
            self._schema, "document", self._keys[allowed].tolist()
        )
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, query),
                # A condition, not a clue: it must not add to the score.
                (tantivy.Occur.Must, tantivy.Query.const_score_query(admitted, 0.0)),
            ]
        )
