"""What the audit log records: questions and opened documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from chatbot.answers import Answer, Citation
from chatbot.types import Filters


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A question, or a document that was opened, and the documents that were shown.

    `details` has the question as it was asked, without what is empty.
    """

    action: Literal["ask", "retrieve", "open"]
    build: str
    documents: tuple[str, ...]
    details: dict[str, Any] = field(default_factory=dict)


# Is told of each event before its documents are shown. May raise StorageError.
Witness = Callable[[AuditEvent], None]


def answered(answer: Answer, history: Sequence[str], filters: Filters) -> AuditEvent:
    """A question with the documents of its cards, or of the answer about documents."""
    shown = [citation.doc_id for citation in (*answer.citations, *answer.nearest)]
    shown += [row.document.doc_id for row in answer.about.documents] if answer.about else []
    details = _asked(answer.question, history, filters) | {"verdict": answer.verdict}
    return AuditEvent("ask", answer.build, _unique(shown), details)


def retrieved(
    question: str,
    history: Sequence[str],
    filters: Filters,
    build: str,
    citations: Iterable[Citation],
) -> AuditEvent:
    """A question with the documents of the passages in its ranking."""
    shown = _unique(citation.doc_id for citation in citations)
    return AuditEvent("retrieve", build, shown, _asked(question, history, filters))


def _asked(question: str, history: Sequence[str], filters: Filters) -> dict[str, Any]:
    chosen = {name: value for name, value in asdict(filters).items() if value}
    asked = {"question": question, "history": [*history], "filters": chosen}
    return {name: value for name, value in asked.items() if value}


def _unique(doc_ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(doc_ids))
