"""Haystack as in its tutorial on hybrid retrieval: BM25 and vectors, joined by rank."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from tests.benchmarks.peers.system import FETCHED, Built, Meter, rows

_STORE = "store.json"


class Peer:
    """Chunks of 200 words, the in-memory store, reciprocal rank fusion."""

    def __init__(self, model: Path) -> None:
        self._model = {"model": str(model), "device": ComponentDevice.from_str("cpu")}

    def build(self, corpus: Path, index: Path) -> Built:
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        embedder = SentenceTransformersDocumentEmbedder(**self._model, progress_bar=False)
        embedder.warm_up()
        pipeline = Pipeline()
        pipeline.add_component("splitter", DocumentSplitter())
        pipeline.add_component("embedder", embedder)
        pipeline.add_component("writer", DocumentWriter(store))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        with Meter() as meter:
            documents = [
                Document(content=text, meta={"doc_id": doc_id}) for doc_id, text in rows(corpus)
            ]
            pipeline.run({"splitter": {"documents": documents}})
            index.mkdir()
            store.save_to_disk(str(index / _STORE))
        return Built(store.count_documents(), meter.tokens, meter.seconds)

    def open(self, index: Path) -> None:
        store = InMemoryDocumentStore.load_from_disk(str(index / _STORE))
        self._pipeline = Pipeline()
        for name, component in (
            (
                "text_embedder",
                SentenceTransformersTextEmbedder(**self._model, progress_bar=False),
            ),
            ("vectors", InMemoryEmbeddingRetriever(store, top_k=FETCHED)),
            ("words", InMemoryBM25Retriever(store, top_k=FETCHED)),
            ("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=FETCHED)),
        ):
            self._pipeline.add_component(name, component)
        self._pipeline.connect("text_embedder", "vectors")
        self._pipeline.connect("words", "joiner")
        self._pipeline.connect("vectors", "joiner")

    def ask(self, question: str) -> Any:
        inputs = {"text_embedder": {"text": question}, "words": {"query": question}}
        return self._pipeline.run(inputs)["joiner"]["documents"]

    def documents(self, answer: Any) -> list[str]:
        return [document.meta["doc_id"] for document in answer]
