"""Sentence vectors pooled from the passage's token states, compared with separate encoding.

    python -m tests.benchmarks.late_chunking [SET ...]        by default scifact, squad20_sample

Encoding each sentence separately doubles the tokens of a build. Pooling the states of its tokens
in the passage (Günther et al., "Late chunking", 2024) costs nothing more. This measures the loss in
ranking and right sentences, and the time of the embedding stage.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from chatbot.assistant import Chatbot
from chatbot.encoder import ModelFiles, find_model
from chatbot.encoder.batches import batches, padded
from chatbot.encoder.engine import openvino
from chatbot.encoder.reference_encoder import load_model
from chatbot.evaluation.question_set import load_question_set
from chatbot.evaluation.run_questions import evaluate
from chatbot.index.int8_vectors import Quantised, quantise
from chatbot.ingestion import embedding as vectors
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from chatbot.types import Span
from tests.benchmarks.indexes import HOME
from tests.shared import EVALUATION

_BATCH_TOKENS = 2_000
_MEASURES = ("nDCG@10", "Success@1")

Vectors = NDArray[np.float32]


class TokenStates:
    """The token states of texts, with the offsets of each token."""

    def __init__(self, files: ModelFiles) -> None:
        import torch

        first = load_model(files).to("cpu")[0]

        class Traceable(torch.nn.Module):  # type: ignore[misc]
            """The transformer alone, without pooling."""

            def __init__(self) -> None:
                super().__init__()
                self.transformer = first

            def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> Any:
                features = {"input_ids": input_ids, "attention_mask": attention_mask}
                return self.transformer(features)["token_embeddings"]

        example = torch.ones((2, 7), dtype=torch.long)
        inputs = {"input_ids": example, "attention_mask": example}
        core = openvino().Core()
        model = openvino().convert_model(Traceable(), example_input=inputs)
        hints = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "bf16"}
        self._model = core.compile_model(model, "CPU", hints)
        self._tokenizer = files.open_tokenizer()

    def of(self, texts: Sequence[str]) -> Iterator[tuple[int, Vectors, list[tuple[int, int]]]]:
        """Position, states and offsets of each text; the longest first."""
        tokens = self._tokenizer.encode_batch(list(texts))
        for rows in batches([len(encoding) for encoding in tokens], _BATCH_TOKENS):
            states = self._model(padded([tokens[row].ids for row in rows]))[0]
            for place, row in enumerate(rows):
                yield row, states[place], tokens[row].offsets


def pooled(
    states: Vectors, offsets: Sequence[tuple[int, int]], sentences: Sequence[Span]
) -> Vectors:
    """A unit vector for the text and for each sentence; one without tokens gets the text's."""
    starts, ends = np.array(offsets).T
    within = [ends > starts, *((starts < end) & (ends > start) for start, end in sentences)]
    whole = states[: len(offsets)].mean(axis=0)
    vectors = [whole] + [
        states[: len(offsets)][mine & within[0]].mean(axis=0) if (mine & within[0]).any() else whole
        for mine in within[1:]
    ]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Vectors = (np.array(vectors) / lengths).astype(np.float32)
    return unit


@contextmanager
def pooling(states: TokenStates) -> Iterator[None]:
    """Inside the block, builds take all vectors from one pass over each passage."""

    def embed(self: Any, rows: NDArray[np.int64]) -> tuple[Vectors, Quantised]:
        texts, spans = [], []
        for passage in self.catalog.passages(rows.tolist()):
            owner = self.catalog.document(passage.doc_id)
            texts.append(vectors.embedding_text(owner, passage))
            moved = len(texts[-1]) - len(passage.text) - passage.span.start
            spans.append([Span(a + moved, b + moved) for a, b in passage.sentences])
        by_place = {
            place: pooled(vectors, offsets, spans[place])
            for place, vectors, offsets in states.of(texts)
        }
        ordered = [by_place[place] for place in range(len(texts))]
        self.advance(len(texts) + sum(map(len, spans)))
        return np.stack([vectors[0] for vectors in ordered]), quantise(
            np.concatenate([vectors[1:] for vectors in ordered])
        )

    with patch.object(vectors._VectorWriter, "_embed", embed):
        yield


def main(names: Sequence[str]) -> None:
    """Build each set both ways from scratch; print and write the figures."""
    files = find_model(load_settings().model)
    states = TokenStates(files)
    ways: dict[str, Callable[[], Any]] = {"apart": nullcontext, "pooled": lambda: pooling(states)}
    figures = []
    for name in names:
        for way, building in ways.items():
            settings = load_settings(
                corpus=EVALUATION / name / "corpus.jsonl", index=HOME / "late" / f"{name}-{way}"
            )
            with building():
                report = build_index(settings, fresh=True)
            with Chatbot.open(settings=settings) as chatbot:
                result = evaluate(chatbot, load_question_set(EVALUATION / name), measures=_MEASURES)
            figures.append(
                {
                    "set": name,
                    "sentences": way,
                    **{key: round(result.measures[key], 4) for key in _MEASURES},
                    "right sentence": result.right_sentence and round(result.right_sentence, 4),
                    "embedding s": round(report.seconds["embedding"], 1),
                }
            )
            print(figures[-1], flush=True)
    (HOME / "late_chunking.json").write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or ("scifact", "squad20_sample"))
