"""The two arms, dense and lexical, searched at the same time for one question."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from chatbot.retrieval.asked_range import asked_range
from chatbot.retrieval.follow_ups import InterpretedQuestion
from chatbot.retrieval.passage_index import AllowedT, PassageIndex, Rows, Scores
from chatbot.retrieval.query import Query, query_terms, query_vector
from chatbot.retrieval.timer import Timer


@dataclass(frozen=True, slots=True)
class ArmHits:
    """The passages that one arm returned, best first, with its scores."""

    rows: Rows
    scores: Scores


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of both arms: `dense` scores are cosines, `lexical` scores are BM25."""

    dense: ArmHits
    lexical: ArmHits


def search_arms(
    question: InterpretedQuestion,
    index: PassageIndex[AllowedT],
    encode: Callable[[str], Scores],
    *,
    depth: int,
    allowed: AllowedT | None,
    executor: Executor,
    timer: Timer,
) -> tuple[Query, Hits]:
    """The query and at most `depth` hits of each arm among the allowed documents.

    The lexical arm needs no model, so it searches on `executor` while the question is encoded.
    """
    with timer.stage("encode"):
        terms = query_terms(question.text, index, carried=question.carried)
        lexical = executor.submit(index.lexical_hits, terms.emphasis, depth, allowed)
        vector = query_vector(question.text, encode, carried=question.carried)
    with timer.stage("search"):
        dense = index.dense_hits(vector, depth, allowed)
        hits = Hits(dense=ArmHits(*dense), lexical=ArmHits(*lexical.result()))
    return Query(question.text, vector, *terms, asked_range=asked_range(question.text)), hits
