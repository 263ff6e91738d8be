"""The gate that an evaluation must pass: thresholds for measures, and no regression."""

from __future__ import annotations

import math
from collections.abc import Mapping

from chatbot.errors import UsageError
from chatbot.evaluation.result import Evaluation


def failures(evaluation: Evaluation, bars: Mapping[str, float], *, regression: bool) -> list[str]:
    """The reasons why an evaluation fails the gate, one clause each; empty if it passes.

    `bars` has the lowest acceptable value of some measures. With `regression`, a baseline that is
    significantly better by the first measure is a failure too.
    """
    measures, comparison = evaluation.measures, evaluation.comparison
    missed_bars = [
        f"{name} is {measures[name]:.4f}, below {bar}"
        for name, bar in bars.items()
        # Not `<`: a measure that is NaN must fail.
        if not measures[name] >= bar
    ]
    first = next(iter(measures))
    differences = comparison.differences if comparison and regression else ()
    return missed_bars + [
        f"{first} fell from {difference.before:.4f} in the baseline to {difference.now:.4f} "
        f"(95% interval of the difference {difference.low:+.4f} to {difference.high:+.4f})"
        for difference in differences
        if difference.measure == first and difference.regressed
    ]


def parse_bar(text: str) -> tuple[str, float]:
    """Parse `"nDCG@10=0.72"` into a measure and its bar. Raises UsageError."""
    name, _, value = text.rpartition("=")
    try:
        bar = float(value)
    except ValueError:
        bar = math.nan
    # A measure is never above NaN or infinity, so such a bar is a mistake.
    if not math.isfinite(bar):
        raise UsageError(f"{text!r} can't be used. Write MEASURE=NUMBER, such as nDCG@10=0.72.")
    return name, bar
