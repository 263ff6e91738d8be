"""Single texts at low latency: models of fixed width, and one model for any length.

A change of length costs the model for any length about a millisecond; a model of fixed width
always sees the same length. The models round differently, so texts of one length always go to the
same model. Otherwise a question could get different vectors.
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

# The kernels process this many tokens at once.
_STEP: Final = 16


class RequestPool:
    """A compiled model and its idle inference requests, which are reused.

    Creating a request costs half as much as running one.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._idle: deque[Any] = deque([model.create_infer_request()])

    def infer(self, tokens: Sequence[Sequence[int]], width: int = 0) -> Vectors:
        """The vectors of some texts, padded at least to `width`."""
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._model.create_infer_request()
        request.infer(padded(tokens, width))
        vectors: Vectors = request.get_output_tensor(0).data.copy()
        self._idle.append(request)
        return vectors


class SingleTexts:
    """Vectors of single texts; safe to use from several threads."""

    def __init__(
        self, open_model: Callable[[int], RequestPool], widths: Collection[int], longest: int
    ) -> None:
        """`open_model` opens the model of a width, or with 0 the model for any length.

        `widths` ascend; `longest` is the model's limit in tokens. If `open_model` raises
        RuntimeError for a width, the model for any length replaces it.
        """
        self._open_model = open_model
        self._longest = longest
        self._opening = threading.Lock()
        self._fixed: dict[int, RequestPool | None] = dict.fromkeys(widths)

    @cached_property
    def any_length(self) -> RequestPool:
        """The model for texts of any length."""
        return self._open_model(0)

    def infer(self, tokens: Sequence[int]) -> Vectors:
        """The vector of one text."""
        padded_length = -(-len(tokens) // _STEP) * _STEP
        width = next((fixed for fixed in self._fixed if len(tokens) <= fixed), padded_length)
        width = min(width, self._longest)
        vector: Vectors = self._pool(width).infer([tokens], width)[0]
        return vector

    def _pool(self, width: int) -> RequestPool:
        if width not in self._fixed:
            return self.any_length
        return self._fixed[width] or self._open(width)

    def _open(self, width: int) -> RequestPool:
        # Other questions of this width wait; another model would give them different vectors.
        with self._opening:
            pool = self._fixed[width]
            if not pool:
                try:
                    pool = self._open_model(width)
                except RuntimeError as failure:
                    log.warning(
                        "The model for questions of %d tokens can't be used (%s)", width, failure
                    )
                    pool = self.any_length
                self._fixed[width] = pool
            return pool
