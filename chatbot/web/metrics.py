"""Counts and times of this process in the text format that Prometheus reads."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from typing import Final

from chatbot.index.opened_build import Build
from chatbot.types import Answer, Verdict

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_VERDICTS: Final[tuple[Verdict, ...]] = ("strong", "possible", "none")
# A question takes about ten milliseconds, and with a cross-encoder up to seconds.
_UP_TO_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """What has been answered since the process began."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._verdicts: Counter[Verdict] = Counter()
        self._times = [0] * (len(_UP_TO_SECONDS) + 1)
        self._seconds = 0.0

    def heard(self, answer: Answer) -> None:
        """Count an answer and the time that it took."""
        seconds = answer.timings["total"] / 1e3
        with self._turn:
            self._verdicts[answer.verdict] += 1
            self._times[bisect_left(_UP_TO_SECONDS, seconds)] += 1
            self._seconds += seconds

    def text(self, build: Build) -> str:
        """All of it, with what is known of a build."""
        return "".join(f"{line}\n" for line in self._lines(build))

    def _lines(self, build: Build) -> Iterator[str]:
        with self._turn:
            verdicts, times, seconds = self._verdicts.copy(), [*self._times], self._seconds
        told = build.manifest
        yield from _head("chatbot_questions_total", "counter", "Questions answered, by verdict.")
        for verdict in _VERDICTS:
            yield f'chatbot_questions_total{{verdict="{verdict}"}} {verdicts[verdict]}'
        name = "chatbot_answer_seconds"
        yield from _head(name, "histogram", "Time to answer a question.")
        total = 0
        for bound, number in zip((*_UP_TO_SECONDS, "+Inf"), times, strict=True):
            total += number
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {seconds:.6f}"
        yield f"{name}_count {total}"
        yield from _head("chatbot_build_info", "gauge", "The build in service.")
        labels = f'build="{_label(told.name)}",model="{_label(told.model)}"'
        yield f"chatbot_build_info{{{labels}}} 1"
        for what, number in (
            ("documents", told.documents),
            ("passages", told.passages),
            ("skipped_files", len(told.skipped)),
        ):
            yield from _head(f"chatbot_build_{what}", "gauge", "Of the build in service.")
            yield f"chatbot_build_{what} {number}"
        made = "chatbot_build_timestamp_seconds"
        yield from _head(made, "gauge", "When the build in service was made.")
        yield f"{made} {build.made.timestamp():.3f}"


def _head(name: str, kind: str, meaning: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"


def _label(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
