"""The read path over one index, from a question to its answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chatbot.answers import Answer, Citation, Correction, Verdict
from chatbot.clues import CosineScale
from chatbot.retrieval.arms import search_arms
from chatbot.retrieval.asked_numbers import lacking_numbers
from chatbot.retrieval.candidates import rank_candidates
from chatbot.retrieval.confidence import (
    Calibration,
    Features,
    WordVectors,
    probability,
    verdict_of,
    word_match,
)
from chatbot.retrieval.corrections import IsWord, corrected, corrections
from chatbot.retrieval.elsewhere import elsewhere
from chatbot.retrieval.follow_ups import InterpretedQuestion, interpret, is_surer, says_something
from chatbot.retrieval.newest_first import newest_first
from chatbot.retrieval.numbered_place_first import numbered_place_first
from chatbot.retrieval.older_wordings import older_wordings
from chatbot.retrieval.parts import QuestionPart, split_question
from chatbot.retrieval.passage_index import PassageIndex, Scores
from chatbot.retrieval.question_kinds import is_claim
from chatbot.retrieval.question_language import crosses_languages, question_language
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reading import Reading, read_first
from chatbot.retrieval.reranking import Reranking, rerank
from chatbot.retrieval.several import PartResult, answered_by_parts
from chatbot.retrieval.spelled_out_first import spelled_out_first
from chatbot.retrieval.timeline import with_timeline
from chatbot.retrieval.timer import Timer
from chatbot.types import Filters


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The confidence from which a match is strong, and below which the chatbot abstains."""

    strong_from: float
    abstain_below: float


@dataclass(frozen=True, slots=True)
class Retriever:
    """The read path over the index of one build.

    `scale` maps the model's cosines, and `weights` has the weight of each clue by its name.
    `unread` is the calibration before the answer reader has read anything. `other_language` is
    added to the intercept of the calibration if the first passage is in another language than the
    question. `executor` runs what can overlap with encoding. `is_word` recognises words that are
    spelled right; by default that is every word, so nothing is corrected. With `prefer_newest`, the
    newest version of a document comes before older ones that say the same.
    """

    index: PassageIndex[Any]
    build: str
    encode: Callable[[str], Scores]
    word_vectors: WordVectors
    scale: CosineScale
    weights: Mapping[str, float]
    calibration: Calibration
    unread: Calibration
    thresholds: Thresholds
    depth: int
    executor: Executor
    other_language: float = 0.0
    reranking: Reranking | None = None
    reading: Reading | None = None
    prefer_newest: bool = True
    is_word: IsWord = lambda _: True

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
        self,
        text: str,
        *,
        history: Sequence[str],
        filters: Filters,
        top_k: int,
        timer: Timer,
        as_typed: bool = False,
    ) -> tuple[Answer, Ranking]:
        """The answer to a checked question, and the ranking behind it.

        Misspelt words are corrected unless the question is to be searched `as_typed`.
        """
        allowed = self.index.allowed(filters)
        misspelt = () if as_typed else self.corrections(text)
        read = corrected(text, misspelt)
        question, ranking = self.search(read, history, allowed=allowed, timer=timer)
        with timer.stage("evidence"):
            cards = ranking.cards(top_k)
        with timer.stage("confidence"):
            language = question_language(read, self.index)
            confidence = self._best_confidence(question, ranking, cards)
            verdict = self._verdict(confidence, cards)
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
            corrections=misspelt,
            question_language=language,
        )
        split = None if question.carried else split_question(read)
        if split:
            ask = partial(self._part, allowed=allowed, timer=timer)
            answer = answered_by_parts(answer, split, ask, self.index.terms, top_k=top_k)
        else:
            answer = with_timeline(answer, ranking, top_k=top_k)
        if not answer.parts:
            older = older_wordings(answer.citations)
            markers = {report.marker for report in older}
            compared = [cited for cited in answer.citations if cited.marker not in markers]
            weights, terms = ranking.query.weights, self.index.terms
            others = elsewhere(question.full_text, weights, terms, compared)
            answer = replace(answer, elsewhere=(*older, *others))
        return replace(answer, timings=timer.milliseconds()), ranking

    def _part(self, part: QuestionPart, *, allowed: Any, timer: Timer) -> PartResult:
        """The result of a search for one part of a question."""
        question, ranking = self.search(part.question, part.after, allowed=allowed, timer=timer)
        with timer.stage("evidence"):
            cards = ranking.cards(1)
        with timer.stage("confidence"):
            confidence = self._best_confidence(question, ranking, cards)
            verdict = self._verdict(confidence, cards)
        card = None if verdict == "none" else cards[0]
        return PartResult(question.full_text, card, confidence, verdict)

    def _best_confidence(
        self, question: InterpretedQuestion, ranking: Ranking, cards: Sequence[Citation]
    ) -> float:
        """The confidence by the wording that supports the cards better.

        The words carried from the conversation may support an answer, never refuse it.
        """
        language = question_language(question.text, self.index)
        return max(
            self._confidence(wording, ranking, cards, language, self.calibration)
            for wording in question.wordings
        )

    def _verdict(self, confidence: float, cards: Sequence[Citation]) -> Verdict:
        return verdict_of(
            confidence,
            strong_from=self.thresholds.strong_from,
            abstain_below=self.thresholds.abstain_below if cards else math.inf,
        )

    def corrections(self, text: str) -> tuple[Correction, ...]:
        """The misspelt words of a checked question, with what was meant."""
        return corrections(text, self.index, self.is_word)

    def search(
        self,
        text: str,
        history: Sequence[str],
        *,
        allowed: Any = None,
        read: bool = True,
        timer: Timer | None = None,
    ) -> tuple[InterpretedQuestion, Ranking]:
        """The surer interpretation of a checked question and its ranking.

        A question that leans on its history is ranked with it and without it, unless it has no
        words of its own. With `read`, the answer reader reads the first passages, if there is one.
        """
        timer = timer or Timer()
        question = interpret(text, history, self.index)
        ranking = self.rank(question, allowed=allowed, timer=timer)
        if question.carried and says_something(text):
            alone = InterpretedQuestion(text)
            ranking_alone = self.rank(alone, allowed=allowed, timer=timer)
            with timer.stage("confidence"):
                if not self._helps(question, ranking, ranking_alone):
                    question, ranking = alone, ranking_alone
        if read and self.reading:
            with timer.stage("reading"):
                ranking = read_first(ranking, question.full_text, self.reading)
        ranking = numbered_place_first(spelled_out_first(ranking))
        return question, newest_first(ranking) if self.prefer_newest else ranking

    def _helps(self, question: InterpretedQuestion, interpreted: Ranking, alone: Ranking) -> bool:
        """Whether the conversation makes the first passage surer, before anything is read."""
        language = question_language(question.text, self.index)
        calibration = self.unread if self.reading else self.calibration
        chances = (
            self._confidence(question.full_text, ranking, ranking.cards(1), language, calibration)
            for ranking in (interpreted, alone)
        )
        return is_surer(*chances)

    def _confidence(
        self,
        question: str,
        ranking: Ranking,
        cards: Sequence[Citation],
        language: str | None,
        calibration: Calibration,
    ) -> float:
        if not cards:
            return 0.0
        answered_in = cards[0].passage.language
        suited = self._calibration_for(language, answered_in, calibration)
        return probability(self.features(question, ranking, cards), suited)

    def _calibration_for(
        self,
        asked_in: str | None,
        answered_in: str | None,
        calibration: Calibration,
    ) -> Calibration:
        """The calibration for a pair of languages; None stands for one that isn't known."""
        if not crosses_languages(asked_in, answered_in):
            return calibration
        return replace(calibration, intercept=calibration.intercept + self.other_language)

    def features(self, question: str, ranking: Ranking, cards: Sequence[Citation]) -> Features:
        """The features that confidence is computed from; there is at least one of its cards.

        Words are matched only if the calibration uses them, because that takes time and memory.
        """
        first = cards[0]
        reader = max((card.why.reader for card in cards if card.why.reader is not None), default=0)
        values = Features(
            score=first.why.together,
            word_match=0.0,
            reader=reader,
            lacks_number=bool(lacking_numbers(question, first)),
            lead=ranking.lead if is_claim(question) else None,
        )
        if not self.calibration.word_match:
            return values
        matched = word_match(question, first.title, first.passage, self.word_vectors)
        return replace(values, word_match=matched)
