"""Reading speed in pages per second: `python -m tests.benchmarks.reading FILE...`.

By wall clock and by processor time, since other programs may be running.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from chatbot.readers import RawFile, read
from chatbot.types import Document

_ROUNDS = 3


def main(paths: list[Path]) -> None:
    """Print one line per file, the best of some rounds."""
    print("pages/s  by processor time  pages  headings  furniture  file")
    for path in paths:
        data = path.read_bytes()
        clock, processor = [], []
        for _ in range(_ROUNDS):
            started, worked = time.perf_counter(), time.process_time()
            documents = [
                item for item in read(RawFile(path.name, data)) if isinstance(item, Document)
            ]
            clock.append(time.perf_counter() - started)
            processor.append(time.process_time() - worked)
        pages = sum(len(document.pages) for document in documents)
        headings = sum(
            block.kind == "heading" for document in documents for block in document.blocks
        )
        running = sum(len(document.furniture) for document in documents)
        print(
            f"{pages / min(clock):7.0f}  {pages / min(processor):17.0f}  {pages:5}  "
            f"{headings:8}  {running:9}  {path.name}"
        )


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
