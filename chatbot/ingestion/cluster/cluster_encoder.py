"""An encoder whose texts are embedded on the workers of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import as_completed

import numpy as np

from chatbot.encoder import Advance, DividingEncoder, Encoder, Vectors
from chatbot.ingestion.cluster.driver_process import Cluster


class ClusterEncoder:
    """Encodes documents on a cluster, with the vectors that `here` computes; the rest is `here`."""

    def __init__(self, here: Encoder, cluster: Cluster) -> None:
        self._here = here
        self._cluster = cluster
        self.dimensions = here.dimensions
        self.encode_query = here.encode_query
        self.word_vectors = here.word_vectors
        self.count_tokens = here.count_tokens

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        portions = self._portions(texts)
        tasks = {
            self._cluster.submit("encode", [texts[row] for row in rows]): rows for rows in portions
        }
        for task in as_completed(tasks):
            rows = tasks[task]
            vectors[rows] = task.result()
            if advance:
                advance(len(rows))
        return vectors

    def _portions(self, texts: Sequence[str]) -> list[list[int]]:
        if isinstance(self._here, DividingEncoder):
            return [*self._here.portions(texts)]
        return [[*range(len(texts))]] if texts else []
