"""Runs as TREC writes them: `query Q0 document rank score tag`, a line each.

White space parts the fields, so in a name it is written as in a web address: `a%20b.pdf`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from chatbot.errors import StorageError
from chatbot.evaluation.evaluate import Outcome

TAG = "chatbot"


def write_run(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write the ranking of every question. Raises StorageError."""
    lines = [
        f"{_field(outcome.question.question_id)} Q0 {_field(doc_id)} {rank} {score:.9g} {TAG}\n"
        for outcome in outcomes
        for rank, (doc_id, score) in enumerate(outcome.ranking, start=1)
    ]
    try:
        path.write_text("".join(lines), "utf-8")
    except OSError as failure:
        raise StorageError(
            f"{path} can't be written ({failure.strerror}). Name another file with --run-out."
        ) from failure


def _field(name: str) -> str:
    return re.sub(r"\s", lambda found: quote(found.group()), name)
