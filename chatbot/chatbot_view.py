"""A chatbot limited to what some people may ask and see: questions, passages, documents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from chatbot.access.audit_events import AuditEvent, Witness, answered, retrieved
from chatbot.answers import Answer, Citation
from chatbot.clues import CosineScale
from chatbot.encoder import Encoder
from chatbot.errors import UsageError
from chatbot.index.opened_build import Build
from chatbot.index.service import Service
from chatbot.index.visible_build import VisibleBuild, visible_build
from chatbot.retrieval.about_documents import about_documents
from chatbot.retrieval.confidence import UNREAD, Calibration
from chatbot.retrieval.filters import as_filters
from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.query import check_question
from chatbot.retrieval.question_language import is_english
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.reading import Reading
from chatbot.retrieval.reranking import Reranking
from chatbot.retrieval.retriever import Retriever, Thresholds
from chatbot.retrieval.timer import Timer
from chatbot.settings import Settings
from chatbot.types import Document, DocumentSummary, Filters

# A misspelt word falls into more tokens.
_TOKENS_OF_A_WORD = 2


@dataclass(frozen=True, slots=True)
class Models:
    """The models behind the answers, and threads for what overlaps with encoding.

    `encode` is the encoder's `encode_query`, with a cache. `unread` are the settings for questions
    in a language that the answer reader doesn't know; None if the encoder knows no other either.
    """

    encoder: Encoder
    encode: Callable[[str], Scores]
    scale: CosineScale
    reranking: Reranking | None
    reading: Reading | None
    unread: Settings | None
    executor: Executor


class ChatbotView:
    """A chatbot as members of some groups see it, as if the other documents didn't exist.

    The argument `groups` of a method limits a single call further, to what members of these groups
    may see; None adds no limit. If the index has no rights, everyone sees every document.
    """

    def __init__(
        self,
        service: Service,
        models: Models,
        settings: Settings,
        subscribers: list[Callable[[Answer], None]],
        groups: frozenset[str] | None = None,
        witness: Witness | None = None,
    ) -> None:
        self.settings = settings
        self._service = service
        self._models = models
        self._subscribers = subscribers
        self._groups = groups
        self._witness = witness

    def for_groups(self, groups: Collection[str] | None) -> ChatbotView:
        """A view of what members of these groups may see; None adds no limit.

        A view of a view sees no more than either of them. Raises UsageError.
        """
        if groups is None:
            return self
        if isinstance(groups, str):
            raise UsageError("groups is a single string. Pass a set of names.")
        names = frozenset(groups)
        if self._groups is not None:
            names &= self._groups
        return self._view(names, self._witness)

    def witnessed(self, witness: Witness | None) -> ChatbotView:
        """The same view, which reports every question and every opened document to a witness.

        None is for questions that no person asks, such as example questions.
        """
        return self if witness is self._witness else self._view(self._groups, witness)

    def _view(self, groups: frozenset[str] | None, witness: Witness | None) -> ChatbotView:
        shared = (self._service, self._models, self.settings, self._subscribers)
        return ChatbotView(*shared, groups, witness)

    def tell(self, event: AuditEvent) -> None:
        """Report an event to the witness, before documents are shown. Raises StorageError."""
        if self._witness:
            self._witness(event)

    def _visible(self, build: Build) -> Build:
        if self._groups is None or isinstance(build, VisibleBuild):
            return build
        return visible_build(build, self._groups, current=self._service.build)

    @property
    def build(self) -> Build:
        """The build in service. If a newer one has been published, it switches to that one.

        Raises IndexMissing, IndexDamaged, IndexMismatch if no build can serve.
        """
        return self._visible(self._service.build)

    def build_named(self, name: str) -> Build | None:
        """A kept build, by default the one in service; None if it's gone."""
        build = self._service.named(name)
        return None if build is None else self._visible(build)

    # -- questions ---------------------------------------------------------------------------

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
        as_typed: bool = False,
        groups: Collection[str] | None = None,
    ) -> Answer:
        """Answer with the best passages, one card per document, or abstain.

        An abstention has the closest passages in `nearest`. `history` has the user's earlier
        questions, oldest first. A follow-up is completed from them if that finds a better passage;
        `interpreted_question` shows the result. Misspelt words are corrected and listed in
        `corrections`, unless `as_typed` is true. Raises QuestionError, UsageError.
        """
        answer, _ = self.for_groups(groups).ask_and_rank(
            question, history=history, filters=filters, top_k=top_k, as_typed=as_typed
        )
        self.publish(answer)
        return answer

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
        as_typed: bool = False,
        build: Build | None = None,
    ) -> tuple[Answer, Ranking]:
        """The answer, from a kept build if one is given, and the ranking behind it."""
        timer, text = Timer(), self._checked(question)
        build, conditions = self._visible(build or self.build), as_filters(filters)
        answer, ranking = self.retriever(build, text).answer(
            text,
            history=self._turns(history),
            filters=conditions,
            top_k=self._top_k(top_k),
            timer=timer,
            as_typed=as_typed,
        )
        cards = answer.citations or answer.nearest
        about = about_documents(text, build.catalog.names(), build, conditions, build.name, cards)
        answer = replace(answer, about=about)
        self.tell(answered(answer, history, conditions))
        return answer, ranking

    def retrieve(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
        read: bool = False,
        groups: Collection[str] | None = None,
    ) -> tuple[Citation, ...]:
        """The ranked passages, whatever their confidence, with several per document.

        With `read`, the answer reader reorders the first passages, as in `ask`. This takes most of
        the time of a question. Raises QuestionError, UsageError.
        """
        text = self._checked(question)
        retriever = self.for_groups(groups).retriever(question=text)
        conditions = as_filters(filters)
        allowed = retriever.index.allowed(conditions)
        _, ranking = retriever.search(text, self._turns(history), allowed=allowed, read=read)
        citations = ranking.citations(self._top_k(top_k))
        self.tell(retrieved(text, history, conditions, retriever.build, citations))
        return citations

    def retriever(self, build: Build | None = None, question: str = "") -> Retriever:
        """The read path over a build, by default the one in service.

        If the question is in a language that the answer reader doesn't know, nothing is read.
        """
        build, settings, models = self._visible(build or self.build), self.settings, self._models
        reading = models.reading
        if reading and models.unread and question and not is_english(question, build):
            settings, reading = models.unread, None
        return Retriever(
            index=build,
            build=build.name,
            encode=models.encode,
            word_vectors=models.encoder.word_vectors,
            scale=models.scale,
            weights=settings.weights,
            calibration=_calibration(settings),
            unread=_calibration(models.unread) if models.unread else UNREAD,
            thresholds=Thresholds(settings.strong_from, settings.abstain_below),
            depth=settings.depth,
            executor=models.executor,
            other_language=settings.confidence_other_language,
            reranking=models.reranking,
            reading=reading,
            prefer_newest=settings.prefer_newest,
            is_word=self._is_word,
        )

    def _is_word(self, word: str) -> bool:
        """Whether the model was trained on a word often enough to know it as one or two tokens."""
        return self._models.encoder.count_tokens([word])[0] <= _TOKENS_OF_A_WORD

    def _checked(self, question: str) -> str:
        return check_question(question, limit=self.settings.question_characters)

    def _turns(self, history: Sequence[str]) -> list[str]:
        """The earlier turns, each cut to the longest question."""
        if isinstance(history, str):
            raise UsageError("history is a single string. Pass a list of the earlier questions.")
        return [turn[: self.settings.question_characters] for turn in history]

    def _top_k(self, top_k: int | None) -> int:
        top_k = self.settings.top_k if top_k is None else top_k
        if not 1 <= top_k <= self.settings.depth:
            raise UsageError(f"top_k can't be {top_k}. Choose 1 to {self.settings.depth}.")
        return top_k

    # -- documents ---------------------------------------------------------------------------

    def documents(
        self,
        filters: Filters | Mapping[str, Any] | None = None,
        *,
        groups: Collection[str] | None = None,
    ) -> tuple[DocumentSummary, ...]:
        """The documents that pass the filters, without their text, in order of id."""
        build = self.for_groups(groups).build
        return tuple(build.documents(as_filters(filters)))

    def document(self, doc_id: str, *, groups: Collection[str] | None = None) -> Document | None:
        """A document with its text and structure, or None."""
        view = self.for_groups(groups)
        return view.opened(doc_id, view.build)

    def opened(self, doc_id: str, build: Build | None) -> Document | None:
        """A document of a kept build whose text is shown now, or None."""
        document = build.document(doc_id) if build else None
        if build and document:
            self.tell(AuditEvent("open", build.name, (doc_id,)))
        return document


def _calibration(settings: Settings) -> Calibration:
    return Calibration(
        settings.confidence_intercept,
        settings.confidence_score,
        settings.confidence_word_match,
        settings.confidence_reader,
    )
