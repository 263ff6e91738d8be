"""Searching the lexical index."""

from __future__ import annotations

import math
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
# From this share of the documents on it is quicker to search in all and to drop the others.
_MANY: Final = 0.2


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
        self._starts = first_rows.astype(np.int64)
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
        share = 1.0 if allowed is None else len(allowed) / max(len(self._keys), 1)
        # Documents that are asked for with the terms, or picked out of what was found.
        within, among = (None, allowed) if share >= _MANY else (allowed, None)
        query = self._query(emphasis, within)

        def strongest(wanted: int) -> tuple[Rows, Scores]:
            asked = wanted if among is None else math.ceil(wanted / share)
            while True:
                found = self._searcher.search(query, asked, count=False).hits
                rows = self._rows([address for _, address in found])
                scores = np.array([score for score, _ in found], np.float32)
                if among is not None:
                    belong = self._belong(rows, among)
                    rows, scores = rows[belong], scores[belong]
                if len(rows) >= wanted or len(found) < asked:
                    return rows[:wanted], scores[:wanted]
                asked *= 2

        return best(strongest, depth)

    def _belong(self, rows: Rows, documents: Rows) -> NDArray[np.bool_]:
        """Whether each row is a passage of one of these documents."""
        admitted = np.zeros(len(self._keys), np.bool_)
        admitted[documents] = True
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        belong: NDArray[np.bool_] = admitted[owners]
        return belong

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
