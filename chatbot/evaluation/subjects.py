"""What is evaluated: an index on this machine, or a server over HTTP."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, Protocol

from chatbot.answers import Answer
from chatbot.assistant import Chatbot
from chatbot.chatbot_view import ChatbotView
from chatbot.client import Client
from chatbot.errors import QuestionError, QuestionSetError
from chatbot.evaluation.question_set import Question
from chatbot.evaluation.result import Circumstances
from chatbot.retrieval.corrections import corrected
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Document

# Documents with the score of their best passage, best first.
DocumentRanking = tuple[tuple[str, float], ...]

# The usual depth of a TREC run.
_RUN_DEPTH: Final = 1_000
# The most passages that a server ranks by default, its setting `depth`.
_SERVER_DEPTH: Final = 100
# These settings don't affect answers; the cache folder would reveal a user name.
_EXCLUDED_SETTINGS: Final = {"cache", "host", "port", "keep_builds", "token"}


class Subject(Protocol):
    """Answers the questions of a set, and describes its documents."""

    def ask(self, question: Question) -> tuple[Answer, DocumentRanking]:
        """Ask one question. Raises QuestionSetError with its id."""

    def titles(self, doc_ids: Collection[str]) -> dict[str, str]:
        """The titles of those of the documents that are indexed."""

    def document(self, doc_id: str) -> Document | None:
        """A document with its text."""

    def circumstances(self, build: str) -> Circumstances:
        """The time, the build and the settings."""


def subject_of(chatbot: Chatbot | Client) -> Subject:
    """The subject behind a chatbot or a client of one."""
    return _Server(chatbot) if isinstance(chatbot, Client) else _Index(chatbot)


def ask(chatbot: ChatbotView, question: Question) -> tuple[Answer, Ranking]:
    """Ask an index one question of a set. Raises QuestionSetError with its id."""
    try:
        return chatbot.ask_and_rank(question.text, history=question.history)
    except QuestionError as failure:
        raise _unaskable(question, failure) from failure


class _Index:
    def __init__(self, chatbot: Chatbot) -> None:
        self._chatbot = chatbot
        self.document = chatbot.document

    def ask(self, question: Question) -> tuple[Answer, DocumentRanking]:
        answer, ranking = ask(self._chatbot, question)
        return answer, ranking.documents(_RUN_DEPTH)

    def titles(self, doc_ids: Collection[str]) -> dict[str, str]:
        build = self._chatbot.build
        indexed = sorted({*doc_ids} & {*build.document_ids})
        return {summary.doc_id: summary.title for summary in build.summaries(indexed)}

    def circumstances(self, build: str) -> Circumstances:
        manifest, settings = self._chatbot.build.manifest, self._chatbot.settings
        return Circumstances(
            made=_now(),
            build=build,
            corpus=manifest.corpus,
            documents=manifest.documents,
            passages=manifest.passages,
            model=manifest.model,
            versions=manifest.versions,
            settings=settings.model_dump(mode="json", exclude=_EXCLUDED_SETTINGS),
        )


class _Server:
    """A server doesn't reveal its settings or its model, and shows only what the token may see."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.document = client.document

    def ask(self, question: Question) -> tuple[Answer, DocumentRanking]:
        try:
            answer = self._client.ask(question.text, history=question.history)
        except QuestionError as failure:
            raise _unaskable(question, failure) from failure
        # As `ask` reads the question.
        read = corrected(question.text, answer.corrections)
        passages = self._client.retrieve(
            read, history=question.history, top_k=_SERVER_DEPTH, read=True
        )
        best: dict[str, float] = {}
        for passage in passages:
            best.setdefault(passage.doc_id, passage.score)
        return answer, tuple(best.items())

    def titles(self, doc_ids: Collection[str]) -> dict[str, str]:
        summaries = self._client.documents()
        return {each.doc_id: each.title for each in summaries if each.doc_id in doc_ids}

    def circumstances(self, build: str) -> Circumstances:
        summaries = self._client.documents()
        return Circumstances(
            made=_now(),
            build=build,
            corpus=self._client.address,
            documents=len(summaries),
            passages=sum(summary.passages for summary in summaries),
            model="the server's",
            versions={},
            settings={},
        )


def _unaskable(question: Question, failure: QuestionError) -> QuestionSetError:
    return QuestionSetError(f"Question {question.question_id}: {failure}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
