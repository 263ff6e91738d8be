"""A build in a process of its own, so that a crash ends only the build, and answers go on.

Standard input has the settings on the first line, and stays open: when it ends, so does this
process. Standard output has one JSON object a line: {"stage", "total"}, {"done"}, and last
{"built"} or {"failed", "code"}.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Final

from chatbot.errors import ChatbotError, IndexBusy
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings

BUSY: Final = "busy"
_SECONDS_BETWEEN: Final = 0.2
# Questions come first.
_NICENESS: Final = 5


class _Told:
    """Writes the progress of a build to standard output."""

    def __init__(self) -> None:
        self._done = 0
        self._next = 0.0

    def stage(self, name: str, total: int) -> None:
        self._done = 0
        _tell(stage=name, total=total)

    def advance(self, steps: int) -> None:
        self._done += steps
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS_BETWEEN
            _tell(done=self._done)

    def end(self) -> None: ...


def main() -> None:
    """Build once with the settings on standard input."""
    settings = Settings(**json.loads(sys.stdin.readline()))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(_NICENESS)
    try:
        report = build_index(settings, may_be_empty=True, progress=_Told())
    except IndexBusy as busy:
        _tell(failed=str(busy), code=BUSY)
    except ChatbotError as failure:
        _tell(failed=str(failure), code=failure.code)
    else:
        _tell(built=report.build)


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def _tell(**message: Any) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
