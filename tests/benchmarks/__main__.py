"""`make bench`: what the README claims, measured."""

from __future__ import annotations

import sys

from tests.benchmarks import fit_confidence, ranking
from tests.shared import EVALUATION


def main() -> None:
    """Run the benchmarks that the shared evaluation data allows."""
    if not EVALUATION.is_dir():
        sys.exit("The benchmarks need the evaluation data, which is not beside this checkout.")
    ranking.main()
    fit_confidence.main()


main()
