"""The chatbot behind the web page, the HTTP API, the command line and scripts."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chatbot.clues import UNSCALED, CosineScale
from chatbot.encoder import (
    Encoder,
    ModelFiles,
    family_of,
    open_encoder,
    resolve_model,
)
from chatbot.errors import IndexMismatch, IndexMissing, ModelMissing, UsageError
from chatbot.index.opened_build import Build
from chatbot.index.service import Service
from chatbot.retrieval.confidence import Calibration
from chatbot.retrieval.filters import as_filters
from chatbot.retrieval.follow_ups import interpret
from chatbot.retrieval.query import check_question
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reranking import Reranking
from chatbot.retrieval.retriever import Retriever, Thresholds
from chatbot.retrieval.timer import Timer
from chatbot.settings import Settings, load_settings
from chatbot.types import Answer, Citation, Document, DocumentSummary, Filters

log = logging.getLogger(__name__)

_CACHED_QUESTIONS = 1_024


class Chatbot:
    """Answers questions from one index folder, always from the build in service.

    Thread-safe. A build that is published while the chatbot is open serves the next question.
    """

    def __init__(
        self,
        service: Service,
        encoder: Encoder,
        settings: Settings,
        reranking: Reranking | None = None,
        scale: CosineScale = UNSCALED,
    ) -> None:
        self.settings = settings
        self._scale = scale
        self._reranking = reranking
        self._service = service
        self._encoder = encoder
        self._executor = ThreadPoolExecutor(os.cpu_count(), "chatbot")
        self._encode = lru_cache(_CACHED_QUESTIONS)(encoder.encode_query)
        self._subscribers: list[Callable[[Answer], None]] = []

    @classmethod
    def open(
        cls,
        index: str | Path | None = None,
        *,
        settings: Settings | None = None,
        waiting: bool = False,
    ) -> Self:
        """Open the build in service in an index folder, by default the one in the settings.

        With `waiting`, a missing index isn't an error yet: each question raises IndexMissing until
        a build is published. Raises IndexMissing, IndexDamaged, IndexMismatch, ModelMissing,
        SettingsError.
        """
        settings = settings or load_settings()
        if index is not None:
            settings = settings.model_copy(update={"index": Path(index)})
        model = resolve_model(settings)
        family = family_of(model.name)
        service = Service(settings.index, partial(_check_model, settings))
        with suppress(IndexMissing) if waiting else nullcontext():
            _ = service.build
        encoder = open_encoder(model, cache=settings.cache, compiled=settings.compiled)
        settings = settings.with_defaults(family.settings)
        return cls(service, encoder, settings, _open_reranking(settings), family.scale)

    def close(self) -> None:
        """Close the index and stop the worker threads."""
        self._executor.shutdown()
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def build(self) -> Build:
        """The build in service; switches to a newer one if there is one.

        Raises IndexMissing, IndexDamaged, IndexMismatch if no build can serve.
        """
        return self._service.build

    def build_named(self, name: str) -> Build | None:
        """A kept build, by default the one in service; None if it's gone."""
        return self._service.named(name)

    # -- questions ---------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> Answer:
        """The best passages, one card per document; or no answer, with the closest passages.

        `history` has the user's earlier questions, oldest first. A question that leans on them
        is interpreted from them, as `interpreted_question` shows; any other is asked
        unchanged. Raises QuestionError, UsageError.
        """
        answer, _ = self.ask_and_rank(question, history=history, filters=filters, top_k=top_k)
        self.publish(answer)
        return answer

    def subscribe(self, callback: Callable[[Answer], None]) -> None:
        """Call a function with every answer that `ask` returns; it must be quick."""
        self._subscribers.append(callback)

    def publish(self, answer: Answer) -> None:
        """Pass an answer to the subscribers, for callers of `ask_and_rank`."""
        for callback in self._subscribers:
            callback(answer)

    def ask_and_rank(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
        build: Build | None = None,
    ) -> tuple[Answer, Ranking]:
        """The answer, from a kept build if one is given, and the ranking behind it."""
        timer, text = Timer(), self._checked(question)
        return self.retriever(build).answer(
            text,
            history=self._turns(history),
            filters=as_filters(filters),
            top_k=self._top_k(top_k),
            timer=timer,
        )

    def retrieve(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
    ) -> tuple[Citation, ...]:
        """The ranked passages, neither gated by confidence nor folded by document.

        Raises QuestionError, UsageError.
        """
        text, retriever = self._checked(question), self.retriever()
        interpreted = interpret(text, self._turns(history), retriever.index)
        allowed = retriever.index.allowed(as_filters(filters))
        return retriever.rank(interpreted, allowed=allowed).citations(self._top_k(top_k))

    def retriever(self, build: Build | None = None) -> Retriever:
        """The read path over a build, by default the one in service."""
        build, settings = build or self.build, self.settings
        return Retriever(
            index=build,
            build=build.name,
            encode=self._encode,
            word_vectors=self._encoder.word_vectors,
            scale=self._scale,
            weights=settings.weights,
            calibration=Calibration(
                settings.confidence_intercept,
                settings.confidence_score,
                settings.confidence_word_match,
            ),
            thresholds=Thresholds(settings.strong_from, settings.abstain_below),
            depth=settings.depth,
            executor=self._executor,
            reranking=self._reranking,
        )

    def _checked(self, question: str) -> str:
        return check_question(question, limit=self.settings.question_characters)

    def _turns(self, history: Sequence[str]) -> list[str]:
        """The earlier turns, each cut to the longest question."""
        if isinstance(history, str):
            raise UsageError("history is a single text. Give a list of the earlier questions.")
        return [turn[: self.settings.question_characters] for turn in history]

    def _top_k(self, top_k: int | None) -> int:
        top_k = self.settings.top_k if top_k is None else top_k
        if not 1 <= top_k <= self.settings.depth:
            raise UsageError(f"top_k is {top_k}; choose 1 to {self.settings.depth}.")
        return top_k

    # -- documents ---------------------------------------------------------------------------

    def documents(
        self, filters: Filters | Mapping[str, Any] | None = None
    ) -> tuple[DocumentSummary, ...]:
        """The documents that the filters admit, without their text, in order of id."""
        build = self.build
        return tuple(build.documents(as_filters(filters)))

    def document(self, doc_id: str) -> Document | None:
        """A document with its text and structure, or None."""
        return self.build.document(doc_id)


def _open_reranking(settings: Settings) -> Reranking | None:
    """The cross-encoder in the settings; None, with a warning, if it can't be used."""
    if not settings.reranker:
        return None
    from chatbot.encoder.reranker import Reranker, find_reranker

    try:
        model = Reranker(find_reranker(settings.reranker))
    except ModelMissing as failure:
        log.warning("%s Until then, passages aren't reranked.", failure)
        return None
    return Reranking(model.scores, settings.rerank_depth, settings.rerank_weight)


def _check_model(settings: Settings, build: Build) -> None:
    """Raise IndexMismatch for a build made with another model or prefixes than the settings'."""
    model = resolve_model(settings)
    if build.manifest.model_fingerprint != model.fingerprint:
        built_with = build.manifest.prefixes
        prefixes = [*model.prefixes] if isinstance(model, ModelFiles) else []
        if build.manifest.model == model.name and built_with and built_with != prefixes:
            raise IndexMismatch(settings.index, "the prefixes", built_with, prefixes)
        raise IndexMismatch(
            settings.index,
            "the model",
            f"{build.manifest.model} ({build.manifest.model_fingerprint[:12]})",
            f"{model.name} ({model.fingerprint[:12]})",
        )


@lru_cache(maxsize=1)
def _process_chatbot(settings: Settings) -> Chatbot:
    return Chatbot.open(settings=settings)


def retrieve(
    question: str,
    *,
    history: Sequence[str] = (),
    filters: Filters | Mapping[str, Any] | None = None,
    top_k: int | None = None,
) -> tuple[Citation, ...]:
    """The best passages for a question from the index in the settings, by default `./index`.

    The index is opened once per process. See `Chatbot.retrieve`.
    """
    return _process_chatbot(load_settings()).retrieve(
        question, history=history, filters=filters, top_k=top_k
    )
