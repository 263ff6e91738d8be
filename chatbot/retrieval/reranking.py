"""The first candidates put into a better order by a model that reads each with the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Reranking:
    """A cross-encoder, how many passages it reads, and how much it counts.

    `scores` gives one number for each passage, higher for a better one, on any scale.
    """

    scores: Callable[[str, Sequence[str]], Scores]
    depth: int
    weight: float


def reranked(ranking: Ranking, question: str, by: Reranking) -> Ranking:
    """The ranking with its first passages in the order of their scores with the model's share.

    The model's scores are stretched to 0..1 over what it read, for each model has a scale of its
    own, and `weight` times that is added. A share is never negative, so those that it read stay
    before the rest, and score and order agree over the whole ranking.
    """
    candidates = ranking.candidates
    read = candidates.rows[: by.depth]
    if not len(read):
        return ranking
    shares = _stretched(by.scores(question, _texts(ranking, read.tolist())))
    rerank, score = candidates.rerank.copy(), candidates.score.copy()
    rerank[: len(read)] = shares
    score[: len(read)] += np.float32(by.weight) * shares
    order = np.lexsort((candidates.rows, -score))
    columns = {
        each.name: getattr(candidates, each.name)[order]
        for each in fields(candidates)
        if each.name not in {"score", "rerank", "sentences"}
    }
    return replace(
        ranking,
        candidates=replace(
            candidates,
            score=score[order],
            rerank=rerank[order],
            **columns,
        ),
    )


def _texts(ranking: Ranking, rows: Sequence[int]) -> list[str]:
    """What the model reads of each passage: where it stands, and its words."""
    passages = ranking.index.passages(rows)
    ids = list(dict.fromkeys(passage.doc_id for passage in passages))
    titles = {each.doc_id: each.title for each in ranking.index.summaries(ids)}
    return [". ".join([titles[each.doc_id], *each.section, each.text]) for each in passages]


def _stretched(scores: Scores) -> Scores:
    """Scores from 0 for the worst to 1 for the best; all 0 if none is better than another."""
    least, most = scores.min(), scores.max()
    if not most > least:
        return np.zeros_like(scores)
    found: Scores = (scores - least) / (most - least)
    return found
