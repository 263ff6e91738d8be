"""LangChain as in its tutorial on retrieval: recursive splitter, FAISS, similarity search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sentence_transformers  # noqa: F401 - LangChain would import it during the build
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from tests.benchmarks.peers.system import FETCHED, Built, Meter, rows


class Peer:
    """Chunks of 1,000 characters that overlap by 200."""

    def __init__(self, model: Path) -> None:
        self._embeddings = HuggingFaceEmbeddings(model_name=str(model))

    def build(self, corpus: Path, index: Path) -> Built:
        with Meter() as meter:
            documents = [
                Document(page_content=text, metadata={"doc_id": doc_id})
                for doc_id, text in rows(corpus)
            ]
            splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
            splits = splitter.split_documents(documents)
            FAISS.from_documents(splits, self._embeddings).save_local(str(index))
        return Built(len(splits), meter.tokens, meter.seconds)

    def open(self, index: Path) -> None:
        self._store = FAISS.load_local(
            str(index), self._embeddings, allow_dangerous_deserialization=True
        )

    def ask(self, question: str) -> Any:
        return self._store.similarity_search(question, k=FETCHED)

    def documents(self, answer: Any) -> list[str]:
        return [document.metadata["doc_id"] for document in answer]
