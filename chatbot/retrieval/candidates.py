"""The passages that either arm found, with every score that ranking needs, and their fusion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chatbot.retrieval.passage_index import AllowedT, PassageIndex, Rows, Scores
from chatbot.retrieval.query import Query
from chatbot.types import Why


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each clue counts in the fused score."""

    dense: float
    evidence: float
    lexical: float
    document: float


@dataclass(frozen=True, slots=True)
class Candidates:
    """Parallel columns, best `score` first.

    `together` is the weighted sum of the clues, and `score` is that, with a cross-encoder's share
    where one was asked: `rerank`, which is NaN for what it did not read. `dense` is the passage's
    cosine, `evidence` the best cosine of any of its sentences or of its document's title,
    `document` that of its document's mean vector. `lexical` is BM25 as a share of what the
    question could score at best. It is 0, and so is a rank, where the arm did not find the
    passage. `fused` is the weighted sum without the evidence. `sentences` has the cosine of every
    sentence, and `first_sentence` where in it those of each passage begin.
    """

    rows: Rows
    score: Scores
    together: Scores
    fused: Scores
    dense: Scores
    evidence: Scores
    lexical: Scores
    document: Scores
    dense_rank: Rows
    lexical_rank: Rows
    rerank: Scores
    sentences: Scores
    first_sentence: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def why(self, place: int) -> Why:
        """How the candidate at this place came there."""
        return Why(
            dense_rank=int(self.dense_rank[place]) or None,
            lexical_rank=int(self.lexical_rank[place]) or None,
            dense=float(self.dense[place]),
            lexical=float(self.lexical[place]),
            evidence=float(self.evidence[place]),
            document=float(self.document[place]),
            together=float(self.together[place]),
            rerank=None if np.isnan(self.rerank[place]) else float(self.rerank[place]),
        )


def find_candidates(
    query: Query,
    index: PassageIndex[AllowedT],
    weights: Weights,
    *,
    depth: int,
    allowed: AllowedT | None,
    lexical: tuple[Rows, Scores],
) -> Candidates:
    """The union of both arms' best, with scores fused; `lexical` has that arm's.

    Scores are fused, not ranks: a rank forgets by how much a passage won (Bruch et al., "An
    analysis of fusion functions for hybrid retrieval", 2023). Every clue is on a scale that does
    not depend on the other candidates: a question that shares few words with any passage is
    decided by meaning. A passage that only the lexical arm found gets its true cosine; one that
    only the dense arm found has no word score.
    """
    dense_rows, cosines = index.dense_hits(query.vector, depth, allowed)
    lexical_rows, bm25 = lexical
    rows = np.union1d(dense_rows, lexical_rows)
    if not len(rows):
        return _none()
    columns = _Columns(rows)
    shares = columns.place(lexical_rows, bm25 / max(query.ideal_bm25, 1e-9), np.float32)
    document = index.document_similarities(rows, query.vector)
    dense = columns.place(dense_rows, cosines, np.float32)
    others = ~columns.place(dense_rows, np.True_, np.bool_)
    dense[others] = index.similarities(rows[others], query.vector)
    sentences, starts = index.sentence_similarities(rows, query.vector)
    best_sentence = np.maximum.reduceat(sentences, starts[:-1])
    evidence = np.maximum(best_sentence, index.title_similarities(rows, query.vector))
    fused = weights.dense * dense + weights.lexical * shares + weights.document * document
    together = fused + weights.evidence * evidence
    order = np.lexsort((rows, -together))
    return Candidates(
        rows=rows[order],
        score=together[order],
        together=together[order],
        fused=fused[order],
        dense=dense[order],
        evidence=evidence[order],
        lexical=shares[order],
        document=document[order],
        dense_rank=columns.place(dense_rows, _ranks(dense_rows), np.int64)[order],
        lexical_rank=columns.place(lexical_rows, _ranks(lexical_rows), np.int64)[order],
        rerank=np.full(len(rows), np.nan, np.float32),
        sentences=sentences,
        first_sentence=starts[:-1][order],
    )


class _Columns:
    """Values given for some rows, set out for all of them; 0 for the rest."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def place(self, rows: Rows, values: Any, kind: type[np.generic]) -> Any:
        column = np.zeros(len(self._rows), kind)
        column[np.searchsorted(self._rows, rows)] = values
        return column


def _ranks(rows: Rows) -> Rows:
    return np.arange(1, len(rows) + 1)


def _none() -> Candidates:
    rows, scores = np.empty(0, np.int64), np.empty(0, np.float32)
    clues = (scores, scores, scores, scores)
    return Candidates(rows, scores, scores, scores, *clues, rows, rows, scores, scores, rows)
