"""Runs as TREC writes them: `query Q0 document rank score tag`, a line each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatbot.errors import StorageError
from chatbot.evaluation.evaluate import Outcome

TAG = "chatbot"


def write_run(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the ranking of every question. Raises StorageError."""
    lines = [
        f"{outcome.question.question_id} Q0 {doc_id} {rank} {score:.9g} {TAG}\n"
        for outcome in outcomes
        for rank, (doc_id, score) in enumerate(outcome.ranking, start=1)
    ]
    try:
        path.write_text("".join(lines), "utf-8")
    except OSError as failure:
        raise StorageError(f"{path} can't be written ({failure.strerror}).") from failure
