"""The chatbot that the three doors share: the web page, the HTTP API and scripts."""

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

from chatbot.encoder import Encoder, find_model, open_encoder
from chatbot.errors import IndexMismatch, IndexMissing, ModelMissing, UsageError
from chatbot.index.opened_build import Build
from chatbot.index.service import Service
from chatbot.retrieval.candidates import Weights
from chatbot.retrieval.confidence import Calibration
from chatbot.retrieval.filters import as_filters
from chatbot.retrieval.follow_ups import interpret
from chatbot.retrieval.query import check_question
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reranking import Reranking
from chatbot.retrieval.retriever import Retriever, Thresholds, Timer
from chatbot.settings import Settings, load_settings
from chatbot.types import Answer, Citation, Document, DocumentSummary, Filters

log = logging.getLogger(__name__)

_REMEMBERED_QUESTIONS = 1_024


class Chatbot:
    """Answers questions from one index folder, always from the build that is in service.

    Safe to use from several threads. A build that is published while the chatbot is open serves
    from the next question on.
    """

    def __init__(
        self,
        service: Service,
        encoder: Encoder,
        settings: Settings,
        reranking: Reranking | None = None,
    ) -> None:
        self.settings = settings
        self._reranking = reranking
        self._service = service
        self._encoder = encoder
        self._beside = ThreadPoolExecutor(os.cpu_count(), "chatbot")
        self._encode = lru_cache(_REMEMBERED_QUESTIONS)(encoder.encode_query)
        self._listeners: list[Callable[[Answer], None]] = []

    @classmethod
    def open(
        cls,
        index: str | Path | None = None,
        *,
        settings: Settings | None = None,
        waiting: bool = False,
    ) -> Self:
        """Open the build in service in an index folder, by default that of the settings.

        Raises IndexMissing, IndexDamaged, IndexMismatch, ModelMissing, SettingsError. With
        `waiting` an index may be missing: each question raises IndexMissing until there is one.
        """
        settings = settings or load_settings()
        if index is not None:
            settings = settings.model_copy(update={"index": Path(index)})
        model = find_model(settings.model)
        service = Service(settings.index, partial(_check_model, settings))
        with suppress(IndexMissing) if waiting else nullcontext():
            _ = service.build
        encoder = open_encoder(model, cache=settings.cache, compiled=settings.compiled)
        return cls(service, encoder, settings, _open_reranking(settings))

    def close(self) -> None:
        """Let go of the index."""
        self._beside.shutdown()
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
        """The build in service; a newer one is switched to here.

        Raises IndexMissing, IndexDamaged, IndexMismatch where none is: see `open`.
        """
        return self._service.build

    def build_named(self, name: str) -> Build | None:
        """A kept build, by default the one in service; None where it is gone."""
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
        """The best passages, a card a document, or the statement that they are not there.

        `history` has the user's earlier questions, oldest first. A question that leans on them
        is understood from them, and `interpreted_question` says how; any other is asked as it
        stands. Raises QuestionError, UsageError.
        """
        answer, _ = self.ask_and_rank(question, history=history, filters=filters, top_k=top_k)
        self.tell(answer)
        return answer

    def listen(self, heard: Callable[[Answer], None]) -> None:
        """Have every answer that `ask` gives told to a function, which must be quick."""
        self._listeners.append(heard)

    def tell(self, answer: Answer) -> None:
        """Tell an answer to those who listen, for callers that do not get it from `ask`."""
        for heard in self._listeners:
            heard(answer)

    def ask_and_rank(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
        build: Build | None = None,
    ) -> tuple[Answer, Ranking]:
        """The answer, from a kept build if one is given, and the ranking that it was made from."""
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
        """The ranking of passages itself, neither gated by confidence nor folded by document.

        Raises QuestionError, UsageError.
        """
        text, retriever = self._checked(question), self.retriever()
        asked = interpret(text, self._turns(history), retriever.index)
        allowed = retriever.index.allowed(as_filters(filters))
        return retriever.rank(asked, allowed=allowed).citations(self._top_k(top_k))

    def retriever(self, build: Build | None = None) -> Retriever:
        """The read path over a build, by default the one in service."""
        build, settings = build or self.build, self.settings
        return Retriever(
            index=build,
            build=build.name,
            encode=self._encode,
            word_vectors=self._encoder.word_vectors,
            weights=Weights(
                dense=settings.dense_weight,
                evidence=settings.evidence_weight,
                lexical=settings.lexical_weight,
                document=settings.document_weight,
            ),
            calibration=Calibration(
                settings.confidence_intercept,
                settings.confidence_score,
                settings.confidence_word_match,
            ),
            thresholds=Thresholds(settings.strong_from, settings.abstain_below),
            depth=settings.depth,
            beside=self._beside,
            reranking=self._reranking,
        )

    def _checked(self, question: str) -> str:
        return check_question(question, limit=self.settings.question_characters)

    def _turns(self, history: Sequence[str]) -> list[str]:
        """Earlier turns, of which none is longer than a question may be."""
        if isinstance(history, str):
            raise UsageError("history is one text. Give a list with the earlier questions.")
        return [turn[: self.settings.question_characters] for turn in history]

    def _top_k(self, wanted: int | None) -> int:
        top_k = self.settings.top_k if wanted is None else wanted
        if not 1 <= top_k <= self.settings.depth:
            raise UsageError(f"top_k is {top_k}; choose 1 to {self.settings.depth}.")
        return top_k

    # -- documents ---------------------------------------------------------------------------

    def documents(
        self, filters: Filters | Mapping[str, Any] | None = None
    ) -> tuple[DocumentSummary, ...]:
        """The documents that the filters admit, by id, without their text."""
        build = self.build
        return tuple(build.documents(as_filters(filters)))

    def document(self, doc_id: str) -> Document | None:
        """A document with its text and structure, or None."""
        return self.build.document(doc_id)


def _open_reranking(settings: Settings) -> Reranking | None:
    """The cross-encoder of the settings; None if there is none to use, which is said once."""
    if not settings.reranker:
        return None
    from chatbot.encoder.reranker import Reranker, find_reranker

    try:
        model = Reranker(find_reranker(settings.reranker))
    except ModelMissing as failure:
        log.warning("%s Until then passages keep their plain ranking.", failure)
        return None
    return Reranking(model.scores, settings.rerank_depth, settings.rerank_weight)


def _check_model(settings: Settings, build: Build) -> None:
    """Refuse a build that was not made with the model of the settings."""
    model = find_model(settings.model)
    if build.manifest.model_fingerprint != model.fingerprint:
        raise IndexMismatch(
            settings.index,
            "the model",
            f"{build.manifest.model} ({build.manifest.model_fingerprint[:12]})",
            f"{model.name} ({model.fingerprint[:12]})",
        )


@lru_cache(maxsize=1)
def _of_this_process(settings: Settings) -> Chatbot:
    return Chatbot.open(settings=settings)


def retrieve(
    question: str,
    *,
    history: Sequence[str] = (),
    filters: Filters | Mapping[str, Any] | None = None,
    top_k: int | None = None,
) -> tuple[Citation, ...]:
    """The best passages for a question from the index of the settings, by default `./index`.

    The index is opened once a process. See `Chatbot.retrieve`.
    """
    return _of_this_process(load_settings()).retrieve(
        question, history=history, filters=filters, top_k=top_k
    )
