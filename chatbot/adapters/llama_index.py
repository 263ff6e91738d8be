"""A retriever for LlamaIndex: `ChatbotRetriever(Chatbot.open())`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from chatbot.adapters.ranked_passages import PassageSource, metadata_of


class ChatbotRetriever(BaseRetriever):  # type: ignore[misc]
    """The passages that a chatbot ranks first; `metadata["quote"]` is the best sentence of each.

    Raises ChatbotError, whose message names the next step.
    """

    def __init__(
        self,
        chatbot: PassageSource,
        *,
        top_k: int | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._chatbot, self._top_k, self._filters = chatbot, top_k, filters

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        citations = self._chatbot.retrieve(
            query_bundle.query_str, filters=self._filters, top_k=self._top_k, read=True
        )
        return [
            NodeWithScore(
                node=TextNode(
                    id_=citation.passage.passage_id,
                    text=citation.passage.text,
                    metadata=metadata_of(citation),
                    # The framework puts metadata in front of the text unless it's told not to.
                    excluded_embed_metadata_keys=[*metadata_of(citation)],
                    excluded_llm_metadata_keys=["quote", "start", "end", "score"],
                ),
                score=citation.score,
            )
            for citation in citations
        ]
