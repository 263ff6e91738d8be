"""`make bench`: measures the README's claims; `--full` includes what needs other libraries."""

from __future__ import annotations

import sys

from tests.benchmarks import (
    chunking,
    encoding,
    first_sentence,
    fit_confidence,
    followups,
    growth,
    long_questions,
    ranking,
)
from tests.benchmarks.peers import run as peers
from tests.shared import EVALUATION


def main() -> None:
    """Run the benchmarks that the shared evaluation data allows."""
    if not EVALUATION.is_dir():
        sys.exit("The benchmarks need the evaluation data, which is not next to this checkout.")
    full = "--full" in sys.argv
    ranking.main()
    first_sentence.main()
    long_questions.main()
    followups.main()
    fit_confidence.main()
    encoding.main(full=full)
    if full:
        chunking.main()
        growth.main()
        peers.main(full=True)


main()
