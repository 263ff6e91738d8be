"""The read path over one index, from a question to its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chatbot.retrieval.candidates import Weights, find_candidates
from chatbot.retrieval.confidence import (
    Calibration,
    Features,
    WordVectors,
    features,
    probability,
    verdict,
)
from chatbot.retrieval.follow_ups import Interpretation, interpret
from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.retrieval.query import Query, meaning, weigh
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reranking import Reranking, reranked
from chatbot.types import Answer, Citation, Filters


class Timer:
    """Milliseconds by stage."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a part of the work."""
        began = time.perf_counter()
        yield
        self._stages[name] = (time.perf_counter() - began) * 1e3

    def milliseconds(self) -> dict[str, float]:
        """The time of each stage, and the total since the timer was made."""
        total = (time.perf_counter() - self._began) * 1e3
        return {name: round(value, 3) for name, value in (*self._stages.items(), ("total", total))}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which confidence on a match is strong, and below which there is no answer."""

    strong_from: float
    abstain_below: float


@dataclass(frozen=True, slots=True)
class Retriever:
    """Asks one index, whose name is `build`; `beside` does what can be done at the same time."""

    index: PassageIndex[Any]
    build: str
    encode: Callable[[str], Scores]
    word_vectors: WordVectors
    weights: Weights
    calibration: Calibration
    thresholds: Thresholds
    depth: int
    beside: Executor
    reranking: Reranking | None = None

    def rank(
        self, asked: Interpretation, *, allowed: Any = None, timer: Timer | None = None
    ) -> Ranking:
        """Every candidate for a checked question; `allowed` is the index's own."""
        timer = timer or Timer()
        with timer.stage("encode"):
            wording = weigh(asked.text, self.index, carried=asked.carried)
            # Words need no model, so they are looked for while it works.
            words = self.beside.submit(
                self.index.lexical_hits, wording.emphasis, self.depth, allowed
            )
            vector = meaning(asked.text, self.encode, carried=asked.carried)
            query = Query(asked.text, vector, *wording)
        with timer.stage("search"):
            candidates = find_candidates(
                query,
                self.index,
                self.weights,
                depth=self.depth,
                allowed=allowed,
                lexical=words.result(),
            )
        ranking = Ranking(query, candidates, self.index, self.build)
        if self.reranking:
            with timer.stage("rerank"):
                return reranked(ranking, asked.question, self.reranking)
        return ranking

    def answer(
        self, text: str, *, history: Sequence[str], filters: Filters, top_k: int, timer: Timer
    ) -> tuple[Answer, Ranking]:
        """The answer to a checked question, and the ranking that it was made from."""
        asked = interpret(text, history, self.index)
        allowed = self.index.allowed(filters)
        ranking = self.rank(asked, allowed=allowed, timer=timer)
        with timer.stage("evidence"):
            found = ranking.cards(top_k)
        with timer.stage("confidence"):
            confidence = (
                probability(self.features(asked.question, found), self.calibration)
                if found
                else 0.0
            )
            word = verdict(
                confidence,
                strong_from=self.thresholds.strong_from,
                abstain_below=self.thresholds.abstain_below,
            )
        answer = Answer(
            question=text,
            interpreted_question=asked.question,
            abstained=word == "none",
            verdict=word,
            confidence=confidence,
            citations=() if word == "none" else found,
            nearest=found if word == "none" else (),
            build=self.build,
            searched_documents=self.index.admitted(allowed),
            timings=timer.milliseconds(),
        )
        return answer, ranking

    def features(self, text: str, found: tuple[Citation, ...]) -> Features:
        """What confidence is judged by; `found` has at least one citation."""
        first = found[0]
        return features(text, first.why.together, first.title, first.passage, self.word_vectors)
