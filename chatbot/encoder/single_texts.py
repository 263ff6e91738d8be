"""Single texts, soon: a model for each usual length, and one that takes any.

A change of length costs the model for any about a millisecond, which a model of fixed length does
not know. Their sums are not rounded alike, so a length is always left to the same one: a question
has one vector.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any, Final

from chatbot.encoder.batches import padded
from chatbot.encoder.contract import Vectors

log = logging.getLogger(__name__)

# A kernel works on so many tokens at once.
_STEP: Final = 16


class Requests:
    """A compiled model with its requests, of which as many are made as are used at once.

    To make a request costs half as much as to answer one.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._idle: deque[Any] = deque([model.create_infer_request()])

    def infer(self, tokens: Sequence[Sequence[int]], width: int = 0) -> Vectors:
        """Vectors of some texts, padded to a width if one is given."""
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._model.create_infer_request()
        request.infer(padded(tokens, width))
        vectors: Vectors = request.get_output_tensor(0).data.copy()
        self._idle.append(request)
        return vectors


class OneByOne:
    """The vectors of single texts; safe to use from several threads."""

    def __init__(
        self, opened: Callable[[int], Requests], widths: Collection[int], longest: int
    ) -> None:
        """There is a model for each of the `widths`, which ascend; no text is over `longest`.

        `opened` opens the model for a width, or for 0 that for any. If it raises RuntimeError for
        a width, the model for any serves that as well.
        """
        self._opened = opened
        self._longest = longest
        self._opening = threading.Lock()
        self._fixed: dict[int, Requests | None] = dict.fromkeys(widths)

    @cached_property
    def any_length(self) -> Requests:
        """The model for a few texts of any length."""
        return self._opened(0)

    def infer(self, tokens: Sequence[int]) -> Vectors:
        """The vector of one text."""
        whole_steps = -(-len(tokens) // _STEP) * _STEP
        width = next((fixed for fixed in self._fixed if len(tokens) <= fixed), whole_steps)
        width = min(width, self._longest)
        vector: Vectors = self._for(width).infer([tokens], width)[0]
        return vector

    def _for(self, width: int) -> Requests:
        if width not in self._fixed:
            return self.any_length
        return self._fixed[width] or self._open(width)

    def _open(self, width: int) -> Requests:
        # Whoever asks meanwhile waits: a question has one vector from the first time on.
        with self._opening:
            found = self._fixed[width]
            if not found:
                try:
                    found = self._opened(width)
                except RuntimeError as failure:
                    log.warning(
                        "The model for questions of %d tokens can't be used (%s)", width, failure
                    )
                    found = self.any_length
                self._fixed[width] = found
            return found
