"""The union of both arms' hits, with every clue and the fused score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chatbot.answers import Why
from chatbot.clues import CLUES, UNSCALED, Clue, CosineScale
from chatbot.retrieval.arms import Hits
from chatbot.retrieval.clue_scores import SCORES, ClueInputs, ranks
from chatbot.retrieval.passage_index import PassageIndex, Rows, Scores
from chatbot.retrieval.query import Query


@dataclass(frozen=True, slots=True)
class Candidates:
    """Parallel columns `(n,)`, best `score` first.

    `clues` has a column for each clue and `ranks` one for each arm, both by the clue's name; a
    rank is 0 where the arm did not return the passage. `fused` is the weighted sum of the clues
    before the evidence, `together` the sum of all. `score` adds the shares of a cross-encoder, from
    `rerank`, and of the answer reader, from its log-odds of the best sentence, `reader`; both are
    NaN for passages that they did not read. `sentences` has the cosine of every sentence, and
    `first_sentence` the position of each passage's first among them. Cosines are on the scale of
    the model's family.
    """

    rows: Rows
    score: Scores
    together: Scores
    fused: Scores
    clues: Mapping[str, Scores]
    ranks: Mapping[str, Rows]
    rerank: Scores
    reader: Scores
    sentences: Scores
    first_sentence: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def why(self, position: int) -> Why:
        """How the candidate at this position was ranked."""
        values: dict[str, Any] = {
            **{name: float(column[position]) for name, column in self.clues.items()},
            **{
                f"{name}_rank": int(column[position]) or None for name, column in self.ranks.items()
            },
        }
        return Why(
            **values,
            together=float(self.together[position]),
            rerank=_number(self.rerank[position]),
            reader=_number(self.reader[position]),
        )

    def reordered(self, order: Rows) -> Candidates:
        """The same candidates in another order."""
        return replace(
            self,
            rows=self.rows[order],
            score=self.score[order],
            together=self.together[order],
            fused=self.fused[order],
            clues={name: column[order] for name, column in self.clues.items()},
            ranks={name: column[order] for name, column in self.ranks.items()},
            rerank=self.rerank[order],
            reader=self.reader[order],
            first_sentence=self.first_sentence[order],
        )

    def moved(self, order: Rows) -> Candidates:
        """The same candidates in another order.

        A candidate that moves up gets the score of the best one that it passes.
        """
        moved = self.reordered(order)
        return replace(moved, score=np.maximum.accumulate(moved.score[::-1])[::-1])


def rank_candidates(
    query: Query,
    hits: Hits,
    index: PassageIndex[Any],
    weights: Mapping[str, float],
    scale: CosineScale = UNSCALED,
) -> Candidates:
    """The union of both arms' hits, best first, with scores fused.

    Scores are fused, not ranks: a rank forgets by how much a passage won (Bruch et al., "An
    analysis of fusion functions for hybrid retrieval", 2023). No clue depends on the other
    candidates, so a question that shares few words with any passage is decided by meaning.

    All cosines pass through `scale` here, and only here.
    """
    rows = np.union1d(hits.dense.rows, hits.lexical.rows)
    if not len(rows):
        return _no_candidates()
    sentences, bounds = index.sentence_similarities(rows, query.vector)
    first_sentence = bounds[:-1]
    inputs = ClueInputs(query, hits, index, rows, sentences, first_sentence)
    clues = {clue.name: SCORES[clue.name](inputs) for clue in CLUES}
    clues |= {clue.name: scale(clues[clue.name]) for clue in CLUES if clue.unit == "cosine"}
    products = {clue: weights[clue.name] * clues[clue.name] for clue in CLUES}
    fused = _sum(products[clue] for clue in _at_stage("fusion"))
    together = _sum([fused, *(products[clue] for clue in _at_stage("evidence"))])
    candidates = Candidates(
        rows=rows,
        score=together,
        together=together,
        fused=fused,
        clues=clues,
        ranks={clue.name: ranks(getattr(hits, clue.name), rows) for clue in CLUES if clue.ranked},
        rerank=np.full(len(rows), np.nan, np.float32),
        reader=np.full(len(rows), np.nan, np.float32),
        sentences=scale(sentences),
        first_sentence=first_sentence,
    )
    return candidates.reordered(np.lexsort((rows, -together)))


def _number(value: float) -> float | None:
    """A number; None for NaN."""
    return None if np.isnan(value) else float(value)


def _at_stage(stage: str) -> Iterable[Clue]:
    return (clue for clue in CLUES if clue.stage == stage)


def _sum(columns: Iterable[Scores]) -> Scores:
    """The sum of columns, added in their order: another order would change the last digits."""
    first, *others = columns
    for column in others:
        first = first + column
    return first


def _no_candidates() -> Candidates:
    rows, scores = np.empty(0, np.int64), np.empty(0, np.float32)
    return Candidates(
        rows=rows,
        score=scores,
        together=scores,
        fused=scores,
        clues={clue.name: scores for clue in CLUES},
        ranks={clue.name: rows for clue in CLUES if clue.ranked},
        rerank=scores,
        reader=scores,
        sentences=scores,
        first_sentence=rows,
    )
