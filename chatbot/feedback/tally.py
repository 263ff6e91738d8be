"""How many questions were answered, counted beside the answers and written a little later."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Final

from chatbot.errors import StorageError
from chatbot.feedback.store import FeedbackStore
from chatbot.types import Answer, Verdict

log = logging.getLogger(__name__)

_LATER_SECONDS: Final = 2.0


class Tally:
    """Counts answers by day and verdict; many are written at once, so that none waits for it."""

    def __init__(self, store: FeedbackStore) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._counted: Counter[tuple[str, Verdict]] = Counter()
        self._writer: threading.Timer | None = None
        self._refused = False

    def heard(self, answer: Answer) -> None:
        """Count an answer; nothing of it is kept but its verdict and the day."""
        day = datetime.now(UTC).date().isoformat()
        with self._turn:
            self._counted[day, answer.verdict] += 1
            if self._writer is None and not self._refused:
                self._writer = threading.Timer(_LATER_SECONDS, self.write)
                self._writer.daemon = True
                self._writer.start()

    def write(self) -> None:
        """Write what has been counted. Where the file refuses, that is logged once."""
        with self._turn:
            counted, self._counted, self._writer = self._counted, Counter(), None
        if not counted:
            return
        try:
            self._store.count(counted)
        except StorageError as failure:
            # Answering goes on without: counts are the least of what people come for.
            if not self._refused:
                log.warning("Questions are not counted. %s", failure)
            self._refused = True
