"""txtai as in its introduction: an embeddings database with sparse and dense vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from txtai import Embeddings

from tests.benchmarks.peers.system import FETCHED, Built, Meter, rows


class Peer:
    """Whole documents, because txtai cuts nothing by default; their texts are stored too."""

    def __init__(self, model: Path) -> None:
        self._model = model
        self._embeddings = Embeddings()

    def build(self, corpus: Path, index: Path) -> Built:
        embeddings = Embeddings(path=str(self._model), hybrid=True, content=True)
        with Meter() as meter:
            embeddings.index(rows(corpus))
            embeddings.save(str(index))
        return Built(embeddings.count(), meter.tokens, meter.seconds)

    def open(self, index: Path) -> None:
        self._embeddings.load(str(index))

    def ask(self, question: str) -> Any:
        return self._embeddings.search(question, FETCHED)

    def documents(self, answer: Any) -> list[str]:
        return [hit["id"] for hit in answer]
