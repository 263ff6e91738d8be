"""Counts and times of this process for Prometheus."""

from __future__ import annotations

from typing import Final, get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from chatbot.answers import Answer, Verdict
from chatbot.index.opened_build import Build

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
# A question takes about ten milliseconds, and with a cross-encoder up to seconds.
_UP_TO_SECONDS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Metrics:
    """The answers since the process started, in a registry of its own."""

    def __init__(self) -> None:
        # Otherwise each counter comes with a gauge of its start time.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "chatbot_questions",
            "Questions answered, by verdict.",
            ["verdict"],
            registry=self._registry,
        )
        for verdict in get_args(Verdict):
            self._questions.labels(verdict)  # a verdict that hasn't occurred is 0, not missing
        self._seconds = Histogram(
            "chatbot_answer_seconds",
            "Time to answer a question.",
            buckets=_UP_TO_SECONDS,
            registry=self._registry,
        )

    def observe(self, answer: Answer) -> None:
        """Count an answer and the time that it took."""
        self._questions.labels(answer.verdict).inc()
        self._seconds.observe(answer.timings["total"] / 1e3)

    def text(self, build: Build) -> str:
        """The metrics in Prometheus's text format, with those of the build in service."""
        return (generate_latest(self._registry) + generate_latest(_build_metrics(build))).decode()


def _build_metrics(build: Build) -> CollectorRegistry:
    # A new registry per request: a lasting one would keep the labels of earlier builds.
    registry = CollectorRegistry()
    manifest = build.manifest
    info = Gauge(
        "chatbot_build_info", "The build in service.", ["build", "model"], registry=registry
    )
    info.labels(manifest.name, manifest.model).set(1)
    for name, meaning, value in (
        ("documents", "Documents in the build in service.", manifest.documents),
        ("passages", "Passages in the build in service.", manifest.passages),
        ("skipped_files", "Files that the build in service skipped.", len(manifest.skipped)),
        ("timestamp_seconds", "When the build in service was made.", build.made.timestamp()),
    ):
        Gauge(f"chatbot_build_{name}", meaning, registry=registry).set(value)
    return registry
