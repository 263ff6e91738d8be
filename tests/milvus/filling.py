"""Builds an index in Milvus and stops at a step: `filling CORPUS INDEX CACHE STEP`.

A step is a request that changes something on the server. Before the step, the process is killed; A
process that has no such step runs to its end.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from chatbot.index.milvus.connection import Connection
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.shared import LETTERS


def main(corpus: Path, index: str, cache: Path, last: int) -> None:
    """Build once."""
    steps = 0

    def counted(change: Any) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*arguments, **options)

        return call

    for name in ("put", "delete", "create_files", "create_passages"):
        setattr(Connection, name, counted(getattr(Connection, name)))
    settings = load_settings(corpus=corpus, index=index, cache=cache, model="letters", reader=False)
    build_index(settings)


if __name__ == "__main__":
    sys.path.insert(0, str(LETTERS))
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
