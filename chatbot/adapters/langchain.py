"""A retriever for LangChain: `ChatbotRetriever(chatbot=Chatbot.open())`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import SkipValidation

from chatbot.adapters.ranked_passages import PassageSource, metadata_of


class ChatbotRetriever(BaseRetriever):  # type: ignore[misc]
    """The passages that a chatbot ranks first; `metadata["quote"]` is the best sentence of each.

    Raises ChatbotError, whose message names the next step.
    """

    chatbot: SkipValidation[PassageSource]
    top_k: int | None = None
    filters: Mapping[str, Any] | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - the framework's signature
    ) -> list[Document]:
        citations = self.chatbot.retrieve(query, filters=self.filters, top_k=self.top_k, read=True)
        return [
            Document(
                id=citation.passage.passage_id,
                page_content=citation.passage.text,
                metadata=metadata_of(citation),
            )
            for citation in citations
        ]
