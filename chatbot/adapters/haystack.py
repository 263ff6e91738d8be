"""A retriever component for Haystack: `ChatbotRetriever(Chatbot.open())`."""

# No postponed annotations here, because the framework reads the annotations of `run` as types.
from collections.abc import Mapping
from typing import Any

from haystack import Document, component

from chatbot.adapters.ranked_passages import PassageSource, metadata_of


@component
class ChatbotRetriever:
    """The passages that a chatbot ranks first; `meta["quote"]` is the best sentence of each.

    Raises ChatbotError, whose message names the next step.
    """

    def __init__(
        self,
        chatbot: PassageSource,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> None:
        self._chatbot, self._top_k, self._filters = chatbot, top_k, filters

    @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator]
    def run(
        self, query: str, filters: dict[str, Any] | None = None, top_k: int | None = None
    ) -> dict[str, list[Document]]:
        """The ranked passages for a query; `filters` are those of the chatbot."""
        citations = self._chatbot.retrieve(
            query, filters=filters or self._filters, top_k=top_k or self._top_k, read=True
        )
        documents = [
            Document(
                id=citation.passage.passage_id,
                content=citation.passage.text,
                meta=metadata_of(citation),
                score=citation.score,
            )
            for citation in citations
        ]
        return {"documents": documents}
