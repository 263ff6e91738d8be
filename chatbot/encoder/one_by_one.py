"""Single texts, soon: a model that takes any length, and a quicker one for each usual length.

A change of length costs the model for any about a millisecond, which a model of fixed length does
not know. One is made once its length has been asked for often. Both pad to the same lengths, and
give the same vectors, to the bit on processors with AVX-512.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from chatbot.encoder.batches import padded

if TYPE_CHECKING:
    from chatbot.encoder import Vectors

log = logging.getLogger(__name__)

# A kernel works on so many tokens at once. Of 2,570 questions of five public sets 49 % have at most
# 16 tokens, and 93 % at most 32.
_STEP: Final = 16
_USUAL: Final = (16, 32)
# To make a model takes as long as it saves in a hundred questions.
_OFTEN: Final = 32


class Requests:
    """A compiled model with its requests, of which as many are made as are used at once.

    To make a request costs half as much as to answer one.
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._idle: deque[Any] = deque([model.create_infer_request()])

    def infer(self, tokens: Sequence[Sequence[int]], width: int = 0) -> Vectors:
        """Vectors of some texts, padded to a width if one is given."""
        try:
            request = self._idle.pop()
        except IndexError:
            request = self.model.create_infer_request()
        request.infer(padded(tokens, width))
        vectors: Vectors = request.get_output_tensor(0).data.copy()
        self._idle.append(request)
        return vectors


class OneByOne:
    """The vectors of single texts; safe to use from several threads."""

    def __init__(
        self,
        any_length: Requests,
        compile_for: Callable[[int], Any],
        longest: int,
        *,
        small: bool,
    ) -> None:
        """No text has more tokens than `longest`; only of a `small` model others are made.

        `compile_for` makes the model of a length. If it raises RuntimeError, the model for any
        length goes on serving.
        """
        self._any = any_length
        self._compile_for = compile_for
        self._longest = longest
        self._making = threading.Lock()
        self._fixed: dict[int, Requests] = {}
        self._asked = {width: count(1) for width in _USUAL if small}

    def infer(self, tokens: Sequence[int]) -> Vectors:
        """The vector of one text."""
        width = min(-(-len(tokens) // _STEP) * _STEP, self._longest)
        vector: Vectors = self._for(width).infer([tokens], width)[0]
        return vector

    def _for(self, width: int) -> Requests:
        if width in self._asked and width not in self._fixed and next(self._asked[width]) == _OFTEN:
            self._make(width)
        return self._fixed.get(width, self._any)

    def _make(self, width: int) -> None:
        # One at a time, for both are made of one model. Whoever asks meanwhile does not wait.
        with self._making:
            try:
                self._fixed[width] = Requests(self._compile_for(width))
            except RuntimeError as failure:
                log.warning("No model for questions of %d tokens can be made (%s)", width, failure)
