"""Computes each clue for the candidates: one function per clue, listed by name in `SCORES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from chatbot.retrieval.arms import ArmHits, Hits
from chatbot.retrieval.passage_index import PassageIndex, Rows, Scores
from chatbot.retrieval.query import Query


@dataclass(frozen=True, slots=True)
class ClueInputs:
    """The inputs of every clue.

    `rows` are the candidates, ascending. `sentences` has the cosine of every sentence, passage by
    passage, and `first_sentence` `(n,)` the position of each passage's first sentence in it.
    """

    query: Query
    hits: Hits
    index: PassageIndex[Any]
    rows: Rows
    sentences: Scores
    first_sentence: Rows


def dense(inputs: ClueInputs) -> Scores:
    """The cosine of the passage; computed where the dense arm did not return it."""
    hits = inputs.hits.dense
    scores = spread(hits.rows, hits.scores, inputs.rows)
    missing = ~np.isin(inputs.rows, hits.rows)
    scores[missing] = inputs.index.similarities(inputs.rows[missing], inputs.query.vector)
    return scores


def lexical(inputs: ClueInputs) -> Scores:
    """BM25 as a share of the question's best possible score; 0 where the arm did not return it."""
    hits = inputs.hits.lexical
    return spread(hits.rows, hits.scores / max(inputs.query.ideal_bm25, 1e-9), inputs.rows)


def evidence(inputs: ClueInputs) -> Scores:
    """The best cosine of any sentence of the passage, or of its document's title."""
    best = np.maximum.reduceat(inputs.sentences, inputs.first_sentence)
    titles = inputs.index.title_similarities(inputs.rows, inputs.query.vector)
    return np.asarray(np.maximum(best, titles))


def document(inputs: ClueInputs) -> Scores:
    """The cosine of the mean vector of the passage's document."""
    return inputs.index.document_similarities(inputs.rows, inputs.query.vector)


SCORES: Final[Mapping[str, Callable[[ClueInputs], Scores]]] = {
    function.__name__: function for function in (dense, lexical, evidence, document)
}


def spread(hit_rows: Rows, scores: Scores, rows: Rows) -> Scores:
    """The scores of hits as a column over all candidates, whose rows ascend; 0 for the rest."""
    column = np.zeros(len(rows), np.float32)
    column[np.searchsorted(rows, hit_rows)] = scores
    return column


def ranks(hits: ArmHits, rows: Rows) -> Rows:
    """The rank of each candidate in an arm, from 1; 0 where the arm did not return it."""
    column = np.zeros(len(rows), np.int64)
    column[np.searchsorted(rows, hits.rows)] = np.arange(1, len(hits.rows) + 1)
    return column
