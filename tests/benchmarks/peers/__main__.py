"""`python -m tests.benchmarks.peers`; `--full` measures whole sets."""

from __future__ import annotations

import sys

from tests.benchmarks.peers import run

run.main(full="--full" in sys.argv)
