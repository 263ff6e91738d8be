"""What is asked of each system, and what is counted while it embeds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

# Passages fetched for a question: enough for ten documents where some have several.
FETCHED = 20


class Built(NamedTuple):
    """What a build made: passages, tokens that went through the model, seconds that took."""

    passages: int
    tokens: int
    embedding_seconds: float


class System(Protocol):
    """A retriever over a folder of its own, made once a process with the folder of the model."""

    def build(self, corpus: Path, index: Path) -> Built:
        """Read, cut, embed and index a corpus, and keep it on disk."""
        ...

    def open(self, index: Path) -> None:
        """Load from disk what `build` kept."""
        ...

    def ask(self, question: str) -> Any:
        """Answer; what comes back is the system's own."""
        ...

    def documents(self, answer: Any) -> list[str]:
        """The documents of an answer, best first, once for each passage."""
        ...


def rows(corpus: Path) -> Iterator[tuple[str, str]]:
    """Id and text of each document; the title comes first, as in the published figures."""
    for line in corpus.read_text("utf-8").splitlines():
        fields = json.loads(line)
        yield fields["_id"], f"{fields['title']}. {fields['text']}"


class Meter:
    """Counts what goes through a BERT of transformers while it is open.

    Only the time inside the model counts, not that of tokenising: a kindness to the frameworks.
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
            found = forward(model, *args, attention_mask=attention_mask, **kwargs)
            self.seconds += time.perf_counter() - began
            self.tokens += int(attention_mask.sum())
            return found

        self._model.forward = counted
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._model.forward = self._forward
