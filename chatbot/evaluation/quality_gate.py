"""Whether an evaluation is good enough to let a change through."""

from __future__ import annotations

import math
from collections.abc import Mapping

from chatbot.errors import UsageError
from chatbot.evaluation.result import Evaluation


def failures(found: Evaluation, bars: Mapping[str, float], *, regression: bool) -> list[str]:
    """What bars it, a clause each; empty if nothing does.

    `bars` has the least value of some of its measures. With `regression`, so does a baseline
    that is significantly better by the first measure.
    """
    missed = [
        f"{name} is {found.measures[name]:.4f}, under {bar}"
        for name, bar in bars.items()
        # A measure that is not a number has not reached the bar.
        if not found.measures[name] >= bar
    ]
    first = next(iter(found.measures))
    differences = found.comparison.differences if found.comparison and regression else ()
    return missed + [
        f"{first} fell from {each.before:.4f} in the baseline to {each.now:.4f} "
        f"(95% interval of the difference {each.low:+.4f} to {each.high:+.4f})"
        for each in differences
        if each.measure == first and each.regressed
    ]


def parse_bar(text: str) -> tuple[str, float]:
    """`"nDCG@10=0.72"` as its two parts. Raises UsageError."""
    name, _, value = text.rpartition("=")
    try:
        bar = float(value)
    except ValueError:
        bar = math.nan
    # No measure is under a bar that is not a number: the gate would stand open.
    if not math.isfinite(bar):
        raise UsageError(f"{text!r} is not MEASURE=NUMBER, such as nDCG@10=0.72.")
    return name, bar
