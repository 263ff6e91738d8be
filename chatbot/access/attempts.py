"""A growing delay between failed logins, for each name and each address.

An attempt is counted before its password is checked, so parallel attempts can't get around the
delay. Delays are short for a name, because a stranger must not lock a user out for long, and longer
for an address.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from chatbot.access.access_file import AccessFile, hash_of

_FIRST_DELAY: Final = 5.0
_FORGOTTEN_AFTER: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class _Limit:
    """The number of failures without a delay, and the longest delay in seconds.

    In between, each failure doubles the delay.
    """

    free: int
    longest: float

    def delay(self, failures: int) -> float:
        over = failures - self.free
        return 0.0 if over < 0 else min(self.longest, _FIRST_DELAY * 2.0 ** min(over, 30))


_NAME: Final = _Limit(free=5, longest=60)
# A whole office may share one address.
_ADDRESS: Final = _Limit(free=20, longest=900)


class Attempts:
    """The attempts in an access file. Every method may raise StorageError."""

    def __init__(self, file: AccessFile) -> None:
        self._file = file

    def begin(self, name: str, address: str) -> float:
        """Count an attempt as failed and return 0; if it comes too early, return the seconds left.

        `succeed` takes the count back.
        """
        now = time.time()
        limits = {_subject("name", name): _NAME, _subject("address", address): _ADDRESS}
        with self._file.writing() as connection:
            # One in the future is from a clock that was wrong; its delay would last as long.
            connection.execute(
                "DELETE FROM attempts WHERE last < ? OR last > ?",
                (now - _FORGOTTEN_AFTER, now + _NAME.longest),
            )
            stored = {
                subject: (failures, allowed_from)
                for subject, failures, allowed_from in connection.execute(
                    "SELECT subject, failures, next FROM attempts WHERE subject IN (?, ?)",
                    tuple(limits),
                )
            }
            wait = max((allowed_from - now for _, allowed_from in stored.values()), default=0.0)
            if wait > 0:
                return wait
            for subject, limit in limits.items():
                failures = stored.get(subject, (0, 0.0))[0] + 1
                connection.execute(
                    "REPLACE INTO attempts VALUES (?, ?, ?, ?)",
                    (subject, failures, now + limit.delay(failures), now),
                )
        return 0.0

    def succeed(self, name: str, address: str) -> None:
        """Forget a name's failures, and take back the one attempt counted for the address."""
        with self._file.writing() as connection:
            connection.execute("DELETE FROM attempts WHERE subject = ?", (_subject("name", name),))
            connection.execute(
                "UPDATE attempts SET failures = failures - 1, next = 0 WHERE subject = ?",
                (_subject("address", address),),
            )


def _subject(kind: str, text: str) -> str:
    # A hash: what people type as a name may be their password.
    return hash_of(f"{kind}:{text.strip().casefold()}")
