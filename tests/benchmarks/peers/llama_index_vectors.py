"""LlamaIndex as in its starter example: a vector index of the documents, saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.embeddings.huggingface import HuggingFaceEmbedding

from tests.benchmarks.peers.system import FETCHED, Built, Meter, rows


class Peer:
    """Sentence splitter with 1,024 tokens, the simple vector store, a retriever."""

    def __init__(self, model: Path) -> None:
        self._embedding = HuggingFaceEmbedding(model_name=str(model))

    def build(self, corpus: Path, index: Path) -> Built:
        with Meter() as meter:
            documents = [Document(text=text, doc_id=doc_id) for doc_id, text in rows(corpus)]
            vector_index = VectorStoreIndex.from_documents(documents, embed_model=self._embedding)
            vector_index.storage_context.persist(persist_dir=str(index))
        return Built(len(vector_index.docstore.docs), meter.tokens, meter.seconds)

    def open(self, index: Path) -> None:
        context = StorageContext.from_defaults(persist_dir=str(index))
        loaded = load_index_from_storage(context, embed_model=self._embedding)
        self._retriever = loaded.as_retriever(similarity_top_k=FETCHED)

    def ask(self, question: str) -> Any:
        return self._retriever.retrieve(question)

    def documents(self, answer: Any) -> list[str]:
        return [str(hit.node.ref_doc_id) for hit in answer]
