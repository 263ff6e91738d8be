"""What every adapter needs: a source of ranked passages, and their metadata as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from chatbot.answers import Citation


class PassageSource(Protocol):
    """A chatbot, or a client of one."""

    def retrieve(
        self,
        question: str,
        *,
        filters: Mapping[str, Any] | None = None,
        top_k: int | None = None,
        read: bool = False,
    ) -> Sequence[Citation]:
        """The ranked passages; with `read`, in the order in which `ask` would show them."""


def metadata_of(citation: Citation) -> dict[str, str | float]:
    """The place of a passage and its best sentence; what isn't known is left out."""
    known = {
        "doc_id": citation.doc_id,
        "title": citation.title,
        "source": citation.source,
        "section": " › ".join(citation.section),
        "pages": ", ".join(map(str, citation.pages or ())),
        "date": citation.metadata.date,
        "quote": citation.quote,
        "start": citation.span.start,
        "end": citation.span.end,
        "url": citation.url,
        "score": citation.score,
    }
    return {name: value for name, value in known.items() if value not in ("", None)}
