"""Reorders the first candidates with a cross-encoder, which reads each with the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Reranking:
    """A cross-encoder, the number of passages it reads, and its weight.

    `scores` gives one number per passage on any scale, higher is better.
    """

    scores: Callable[[str, Sequence[str]], Scores]
    depth: int
    weight: float


def rerank(ranking: Ranking, question: str, reranking: Reranking) -> Ranking:
    """The ranking with the cross-encoder's share added to the score of its first passages.

    Each model has its own scale, so its scores are scaled to 0..1 over the passages it read. A
    share is never negative: passages that were read stay before the rest, and order and score
    agree over the whole ranking.
    """
    candidates = ranking.candidates
    rows = candidates.rows[: reranking.depth]
    if not len(rows):
        return ranking
    shares = _scaled(reranking.scores(question, _texts(ranking, rows.tolist())))
    column, score = candidates.rerank.copy(), candidates.score.copy()
    column[: len(rows)] = shares
    score[: len(rows)] += np.float32(reranking.weight) * shares
    scored = replace(candidates, rerank=column, score=score)
    order = np.lexsort((candidates.rows, -score))
    return replace(ranking, candidates=scored.reordered(order))


def _texts(ranking: Ranking, rows: Sequence[int]) -> list[str]:
    """The text that the model reads of each passage: title, section and text."""
    passages = ranking.index.passages(rows)
    ids = list(dict.fromkeys(passage.doc_id for passage in passages))
    titles = {summary.doc_id: summary.title for summary in ranking.index.summaries(ids)}
    return [
        ". ".join([titles[passage.doc_id], *passage.section, passage.text]) for passage in passages
    ]


def _scaled(scores: Scores) -> Scores:
    """Scores scaled to 0 for the worst and 1 for the best; all 0 if they're equal."""
    lowest, highest = scores.min(), scores.max()
    if not highest > lowest:
        return np.zeros_like(scores)
    scaled: Scores = (scores - lowest) / (highest - lowest)
    return scaled
