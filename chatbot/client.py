"""The methods of `Chatbot` over HTTP: a script moves from local to remote by changing one line.

from chatbot.client import Client

with Client("http://127.0.0.1:7860") as bot:
    answer = bot.ask("Who trains with whom?")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from chatbot.addresses import document_address
from chatbot.answers import Answer, Citation
from chatbot.errors import ChatbotError, NotFound, QuestionError, UsageError
from chatbot.types import Document, DocumentSummary, Filters

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class _Batch:
    results: list[dict[str, Any]]


_ANSWER: Final = TypeAdapter(Answer)
_BATCH: Final = TypeAdapter(_Batch)
_OBJECT: Final = TypeAdapter(dict[str, Any])
_CITATIONS: Final = TypeAdapter(tuple[Citation, ...])
_DOCUMENT: Final = TypeAdapter(Document)
_SUMMARIES: Final = TypeAdapter(tuple[DocumentSummary, ...])
_SECONDS: Final = 60.0
_PAGE: Final = 1_000
_FAULT: Final = ("code", "message", "next_step")


class ServerError(ChatbotError):
    """The server can't be reached, or can't answer."""


class Client:
    """A server's chatbot, with the methods, results and errors of `Chatbot`.

    `token` is sent with every request. Thread-safe. Raises UsageError for a token that no request
    can carry.
    """

    def __init__(self, address: str, *, token: str = "", seconds: float = _SECONDS) -> None:
        if not (token.isascii() and token.isprintable()):
            # It isn't quoted, because logs would keep it.
            raise UsageError(
                "The token has a line break or a letter that no token has. Copy it again, as "
                "chatbot tokens add printed it."
            )
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=seconds)

    @property
    def address(self) -> str:
        """The server's address."""
        return str(self._http.base_url).rstrip("/")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
        as_typed: bool = False,
    ) -> Answer:
        """The best passages, one card per document; see `Chatbot.ask`. Raises ServerError."""
        body = {**_body(question, history, filters, top_k), "as_typed": as_typed}
        return _read(_ANSWER, self._send("POST", "/api/v1/ask", json=body))

    def ask_all(self, questions: Sequence[str], *, top_k: int | None = None) -> list[Answer]:
        """The answers to at most 100 questions, in one request.

        Raises the error of the first question that can't be answered.
        """
        body = {"questions": [{"question": question, "top_k": top_k} for question in questions]}
        results = _read(_BATCH, self._send("POST", "/api/v1/ask:batch", json=body)).results
        for result in results:
            if result["error"]:
                raise _error_for(HTTPStatus.BAD_REQUEST, result["error"])
        return [_ANSWER.validate_python(result["answer"]) for result in results]

    def retrieve(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        filters: Filters | Mapping[str, Any] | None = None,
        top_k: int | None = None,
        read: bool = False,
    ) -> tuple[Citation, ...]:
        """The ranked passages; see `Chatbot.retrieve`. Raises ServerError."""
        body = {**_body(question, history, filters, top_k), "read": read}
        return _read(_CITATIONS, self._send("POST", "/api/v1/retrieve", json=body))

    def documents(
        self, filters: Filters | Mapping[str, Any] | None = None
    ) -> tuple[DocumentSummary, ...]:
        """The documents that pass the filters, without their text, in order of id."""
        return tuple(self._pages(_plain(filters) or {}))

    def _pages(self, filters: Mapping[str, Any]) -> Iterator[DocumentSummary]:
        after = ""
        while True:
            parameters = {**filters, "limit": _PAGE, "after": after}
            page = _read(_SUMMARIES, self._send("GET", "/api/v1/documents", params=parameters))
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].doc_id

    def document(self, doc_id: str) -> Document | None:
        """A document with its text and structure, without `runs`; None if it isn't indexed."""
        try:
            response = self._send("GET", document_address("api/v1/documents", doc_id))
        except NotFound:
            return None
        return _read(_DOCUMENT, response)

    def give_feedback(self, question: str, **fields: Any) -> dict[str, Any]:
        """Store a thumb; fields and errors are those of `chatbot.give_feedback`."""
        body = {"question": question, **fields}
        return _read(_OBJECT, self._send("POST", "/api/v1/feedback", json=body))

    def _send(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as failure:
            raise ServerError(
                f"The server at {self._http.base_url} can't be reached ({failure}). "
                f"Start it with: chatbot serve"
            ) from failure
        if response.is_success:
            return response
        try:
            error = response.json()["error"]
            fault = {name: str(error[name]) for name in _FAULT}
        except (ValueError, KeyError, TypeError):
            raise ServerError(
                f"{self._http.base_url} answered with status {response.status_code}. "
                f"Check that a chatbot server runs at this address."
            ) from None
        raise _error_for(response.status_code, fault)


def _error_for(status: int, fault: Mapping[str, str]) -> ChatbotError:
    """The error that `Chatbot` raised on the server, with the same message and code."""
    kind: type[ChatbotError] = ServerError
    if status == HTTPStatus.NOT_FOUND:
        kind = NotFound
    elif status in {400, 422}:
        kind = QuestionError if fault["code"].startswith("question_") else UsageError
    return kind(f"{fault['message']} {fault['next_step']}".strip(), code=fault["code"])


def _read(kind: TypeAdapter[_Record], response: httpx.Response) -> _Record:
    try:
        return kind.validate_json(response.content)
    except ValidationError as failure:
        raise ServerError(
            "The server's answer can't be read. Use the same version of chatbot on both sides."
        ) from failure


def _body(
    question: str,
    history: Sequence[str],
    filters: Filters | Mapping[str, Any] | None,
    top_k: int | None,
) -> dict[str, Any]:
    if isinstance(history, str):
        raise UsageError("history is a single string. Pass a list of the earlier questions.")
    return {
        "question": question,
        "history": [*history],
        "filters": _plain(filters),
        "top_k": top_k,
    }


def _plain(filters: Filters | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not filters:
        return None
    values = asdict(filters) if isinstance(filters, Filters) else filters
    return {
        name: value if isinstance(value, str) else [*value]
        for name, value in values.items()
        if value
    }
