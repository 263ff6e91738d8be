"""The interface of a system, and a meter for its encoding."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

# Passages fetched per question: enough for ten documents if some have several passages.
FETCHED = 20


class Built(NamedTuple):
    """The result of a build: passages, tokens encoded, and seconds of encoding."""

    passages: int
    tokens: int
    embedding_seconds: float


class System(Protocol):
    """A retriever with its own index folder, created once per process from the model's folder."""

    def build(self, corpus: Path, index: Path) -> Built:
        """Read, cut, embed and index a corpus, and save the index."""
        ...

    def open(self, index: Path) -> None:
        """Load the index that `build` saved."""
        ...

    def ask(self, question: str) -> Any:
        """Answer a question in the system's own form."""
        ...

    def documents(self, answer: Any) -> list[str]:
        """The documents of an answer, best first, one per passage."""
        ...


def rows(corpus: Path) -> Iterator[tuple[str, str]]:
    """The id and text of each document, title first, as in the published figures."""
    for line in corpus.read_text("utf-8").splitlines():
        fields = json.loads(line)
        yield fields["_id"], f"{fields['title']}. {fields['text']}"


class Meter:
    """Counts the tokens and seconds of transformers' BERT inside the block.

    Only the time inside the model counts, not tokenising, which favours the frameworks.
    """

    def __init__(self) -> None:
        self.tokens = 0
        self.seconds = 0.0

    def __enter__(self) -> Self:
        from transformers import BertModel

        self._model: Any = BertModel
        self._forward = forward = BertModel.forward

        def counted(model: Any, *args: Any, attention_mask: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            result = forward(model, *args, attention_mask=attention_mask, **kwargs)
            self.seconds += time.perf_counter() - began
            self.tokens += int(attention_mask.sum())
            return result

        self._model.forward = counted
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._model.forward = self._forward
