"""Single texts, soon: a model that takes any length, and a quicker one for each usual length.

A change of length costs the model for any about a millisecond, which a model of fixed length does
not know. One is made, of some 30 MB, once its length has been asked for often. Both pad to the same
lengths, and give the same vectors.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from chatbot.encoder.batches import padded

if TYPE_CHECKING:
    from chatbot.encoder import Vectors

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

    def __init__(self, any_length: Requests, compile_for: Callable[[int], Any], most: int) -> None:
        """`compile_for` makes a model of one length; no text has more tokens than `most`."""
        self._any = any_length
        self._compile_for = compile_for
        self._most = most
        self._making = threading.Lock()
        self._fixed: dict[int, Requests] = {}
        self._asked = {width: count(1) for width in _USUAL}

    def infer(self, tokens: Sequence[int]) -> Vectors:
        """The vector of one text."""
        width = min(-(-len(tokens) // _STEP) * _STEP, self._most)
        vector: Vectors = self._for(width).infer([tokens], width)[0]
        return vector

    def _for(self, width: int) -> Requests:
        if width in _USUAL and width not in self._fixed and next(self._asked[width]) == _OFTEN:
            # Only the one whose turn it is waits until it is made.
            with self._making:
                self._fixed[width] = Requests(self._compile_for(width))
        return self._fixed.get(width, self._any)
