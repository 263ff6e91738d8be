"""Counts answered questions, and writes the counts in batches."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Final

from chatbot.answers import Answer, Verdict
from chatbot.errors import StorageError
from chatbot.feedback.store import FeedbackStore

log = logging.getLogger(__name__)

_DELAY_SECONDS: Final = 2.0


class Tally:
    """Counts answers by day and verdict, written in batches so that no answer waits for it."""

    def __init__(self, store: FeedbackStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, Verdict]] = Counter()
        self._writer: threading.Timer | None = None
        self._failed = False

    def record(self, answer: Answer) -> None:
        """Count an answer by its verdict and the day; nothing else of it is kept."""
        day = datetime.now(UTC).date().isoformat()
        with self._lock:
            self._counts[day, answer.verdict] += 1
            if self._writer is None:
                self._writer = threading.Timer(_DELAY_SECONDS, self.write)
                self._writer.daemon = True
                self._writer.start()

    def write(self) -> None:
        """Write the counts; if the file can't be written, the next answer tries again."""
        with self._lock:
            counts, self._counts, self._writer = self._counts, Counter(), None
        if not counts:
            return
        try:
            self._store.count(counts)
        except StorageError as failure:
            # Answers matter more than counts, so the server goes on.
            if not self._failed:
                log.warning("Questions are not counted. %s", failure)
            self._failed = True
            with self._lock:
                self._counts.update(counts)
        else:
            self._failed = False
