"""The read path over one index, from a question to its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from chatbot.clues import CosineScale
from chatbot.retrieval.arms import search_arms
from chatbot.retrieval.candidates import rank_candidates
from chatbot.retrieval.confidence import (
    Calibration,
    Features,
    WordVectors,
    features,
    probability,
    verdict_of,
)
from chatbot.retrieval.follow_ups import InterpretedQuestion, interpret
from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reranking import Reranking, rerank
from chatbot.retrieval.timer import Timer
from chatbot.types import Answer, Citation, Filters


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The confidence from which a match is strong, and below which the chatbot abstains."""

    strong_from: float
    abstain_below: float


@dataclass(frozen=True, slots=True)
class Retriever:
    """The read path over the index of one build.

    `scale` maps the model's cosines, and `weights` has the weight of each clue by its name.
    `executor` runs what can overlap with encoding.
    """

    index: PassageIndex[Any]
    build: str
    encode: Callable[[str], Scores]
    word_vectors: WordVectors
    scale: CosineScale
    weights: Mapping[str, float]
    calibration: Calibration
    thresholds: Thresholds
    depth: int
    executor: Executor
    reranking: Reranking | None = None

    def rank(
        self, question: InterpretedQuestion, *, allowed: Any = None, timer: Timer | None = None
    ) -> Ranking:
        """Rank every candidate for a checked question; `allowed` is the index's own type."""
        timer = timer or Timer()
        query, hits = search_arms(
            question,
            self.index,
            self.encode,
            depth=self.depth,
            allowed=allowed,
            executor=self.executor,
            timer=timer,
        )
        with timer.stage("search"):
            candidates = rank_candidates(query, hits, self.index, self.weights, self.scale)
        ranking = Ranking(query, candidates, self.index, self.build)
        if self.reranking:
            with timer.stage("rerank"):
                return rerank(ranking, question.full_text, self.reranking)
        return ranking

    def answer(
        self, text: str, *, history: Sequence[str], filters: Filters, top_k: int, timer: Timer
    ) -> tuple[Answer, Ranking]:
        """The answer to a checked question, and the ranking behind it."""
        question = interpret(text, history, self.index)
        allowed = self.index.allowed(filters)
        ranking = self.rank(question, allowed=allowed, timer=timer)
        with timer.stage("evidence"):
            cards = ranking.cards(top_k)
        with timer.stage("confidence"):
            confidence = (
                probability(self.features(question.full_text, cards), self.calibration)
                if cards
                else 0.0
            )
            verdict = verdict_of(
                confidence,
                strong_from=self.thresholds.strong_from,
                abstain_below=self.thresholds.abstain_below,
            )
        answer = Answer(
            question=text,
            interpreted_question=question.full_text,
            abstained=verdict == "none",
            verdict=verdict,
            confidence=confidence,
            citations=() if verdict == "none" else cards,
            nearest=cards if verdict == "none" else (),
            build=self.build,
            searched_documents=self.index.admitted(allowed),
            timings=timer.milliseconds(),
        )
        return answer, ranking

    def features(self, question: str, cards: Sequence[Citation]) -> Features:
        """The features that confidence is computed from; there is at least one card.

        Words are matched only if the calibration uses them, because that takes time and memory.
        """
        first = cards[0]
        if not self.calibration.word_match:
            return Features(score=first.why.together, word_match=0.0)
        return features(question, first.why.together, first.title, first.passage, self.word_vectors)
