"""The charts of the report as plain shapes, in the units of a small drawing with y pointing down.

The template draws them, so all text in them is escaped in one place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from chatbot.evaluation.abstention import RISK
from chatbot.evaluation.comparison import Change
from chatbot.evaluation.reliability import reliability_bins, risk_coverage


class Frame(NamedTuple):
    """The size of a drawing and the position of its axes."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


FRAME: Final = Frame(width=440, height=270, left=56, right=428, top=22, bottom=222)
_HISTOGRAM_BINS: Final = 24
# The first digit of a round axis limit, and the number of round steps up to it.
_STEPS: Final = {1: 5, 2: 4, 3: 3, 5: 5}


class Tick(NamedTuple):
    """A labelled position on an axis."""

    at: float
    label: str


class Bar(NamedTuple):
    """A rectangle; `tip` describes its value in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    tip: str
    label: str = ""


class Rule(NamedTuple):
    """A straight reference line with a label at its end."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot with its title and a description of what it shows.

    `data` has the values in words, for screen readers. `path` has the points of a curve as `x,y`
    pairs.
    """

    title: str
    description: str
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    rules: tuple[Rule, ...] = ()
    path: str = ""
    data: str = ""


@dataclass(frozen=True, slots=True)
class _Axis:
    """A range of values mapped to a range of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, steps: int, form: str) -> tuple[Tick, ...]:
        values = np.linspace(self.low, self.high, steps + 1).tolist()
        return tuple(Tick(self.at(value), format(value, form)) for value in values)


def differences(changes: Sequence[Change], measure: str) -> Chart:
    """A bar for each question, from the best change to the worst."""
    ordered = sorted(changes, key=lambda change: -change.difference)
    limit = _ceiling(max(abs(change.difference) for change in ordered))
    x = _Axis(0, len(ordered), FRAME.left, FRAME.right)
    y = _Axis(-limit, limit, FRAME.bottom, FRAME.top)
    better = sum(change.difference > 0 for change in ordered)
    worse = sum(change.difference < 0 for change in ordered)
    return Chart(
        title=f"Change in {measure}, question by question",
        description=f"{better} questions are better than in the baseline, {worse} are worse and "
        f"{len(ordered) - better - worse} are the same.",
        x_label="questions, from the best change to the worst",
        y_label=f"change in {measure}",
        x_ticks=(Tick(x.at(0), "1"), Tick(x.at(len(ordered)), f"{len(ordered):,}")),
        y_ticks=y.ticks(4, "+.3g"),
        bars=tuple(
            _bar(
                (x.at(position), x.at(position + 1)),
                (y.at(0), y.at(change.difference)),
                "better" if change.difference > 0 else "worse",
                f"{change.question_id}: {change.before:.4f} → {change.now:.4f}",
            )
            for position, change in enumerate(ordered)
            if change.difference
        ),
        rules=(Rule(FRAME.left, y.at(0), FRAME.right, y.at(0)),),
    )


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> Chart:
    """Confidence against the share of right answers, by bins of confidence."""
    x, y = _Axis(0, 1, FRAME.left, FRAME.right), _Axis(0, 1, FRAME.bottom, FRAME.top)
    bars = tuple(
        _bar(
            (x.at(group.low), x.at(group.high)),
            (y.at(0), y.at(group.right)),
            "plain",
            f"{group.low:.1f} to {group.high:.1f}: {group.count} answers, mean confidence "
            f"{group.probability:.2f}, {group.right:.2f} right",
            f"{group.count:,}",
        )
        for group in reliability_bins(confidence, right)
    )
    return Chart(
        title="Is confidence calibrated?",
        description="Bars that reach the diagonal are well calibrated; higher bars mean that "
        "answers are right more often than confidence says, lower bars less often. The numbers "
        "count the answers.",
        x_label="confidence",
        y_label="share of answers that are right",
        x_ticks=x.ticks(5, ".1f"),
        y_ticks=y.ticks(5, ".1f"),
        bars=bars,
        rules=(Rule(x.at(0), y.at(0), x.at(1), y.at(1)),),
        data=". ".join(bar.tip for bar in bars),
    )


def coverage(confidence: Sequence[float], right: Sequence[bool]) -> Chart:
    """The share of wrong answers as more of the questions are answered."""
    curve = risk_coverage(confidence, right)
    answered = curve.coverage_at(RISK)
    x = _Axis(0, 1, FRAME.left, FRAME.right)
    y = _Axis(0, _ceiling(max(float(curve.risk.max()), 2 * RISK)), FRAME.bottom, FRAME.top)
    points = zip(curve.coverage.tolist(), curve.risk.tolist(), strict=True)
    return Chart(
        title="What does answering more cost?",
        description=f"Answering the most confident first, {answered:.0%} of all can be answered "
        f"with at most {RISK:.0%} wrong; answering all, {float(curve.risk[-1]):.0%} are wrong.",
        x_label="share of questions answered, most confident first",
        y_label="share of answers that are wrong",
        x_ticks=x.ticks(5, ".1f"),
        y_ticks=y.ticks(_steps(y.high), ".3g"),
        rules=(Rule(FRAME.left, y.at(RISK), FRAME.right, y.at(RISK), f"{RISK:.0%} wrong"),),
        path=" ".join(f"{x.at(share)},{y.at(risk)}" for share, risk in points),
    )


def latency(milliseconds: Sequence[float], percentiles: Mapping[str, float]) -> Chart:
    """A histogram of the time per question; the last bar includes all slower questions."""
    limit = _ceiling(max(percentiles.values()))
    counts, edges = np.histogram(
        np.minimum(milliseconds, limit), bins=_HISTOGRAM_BINS, range=(0, limit)
    )
    x = _Axis(0, limit, FRAME.left, FRAME.right)
    y = _Axis(0, _ceiling(max(5, int(counts.max()))), FRAME.bottom, FRAME.top)
    summary = ", ".join(f"{name} {value:.1f} ms" for name, value in percentiles.items())
    return Chart(
        title="How long does a question take?",
        description=f"{len(milliseconds):,} questions: {summary}, "
        f"the longest {max(milliseconds):.1f} ms. The last bar includes all slower questions.",
        x_label="milliseconds",
        y_label="questions",
        x_ticks=x.ticks(_steps(x.high), ".4g"),
        y_ticks=y.ticks(_steps(y.high), ".4g"),
        bars=tuple(
            _bar(
                (x.at(low), x.at(high)),
                (y.at(0), y.at(count)),
                "plain",
                f"{low:.1f} to {high:.1f} ms: {count:,} questions",
            )
            for count, low, high in zip(counts.tolist(), edges[:-1], edges[1:], strict=True)
            if count
        ),
        rules=tuple(
            # Each label is a little lower than the last, so that close ones don't overlap.
            Rule(x.at(value), FRAME.bottom, x.at(value), FRAME.top + 13 * line, name)
            for line, (name, value) in enumerate(percentiles.items())
        ),
    )


def _bar(
    x: tuple[float, float], y: tuple[float, float], kind: str, tip: str, label: str = ""
) -> Bar:
    """A bar between two positions on each axis, in either order."""
    left, top = min(x), min(y)
    return Bar(left, top, round(max(x) - left, 2), round(max(y) - top, 2), kind, tip, label)


def _ceiling(value: float) -> float:
    """The smallest round number at or above a value; 1 for 0."""
    if not value:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(first * power for first in (*_STEPS, 10) if first * power >= value)


def _steps(ceiling: float) -> int:
    """The number of round steps up to a round number."""
    return _STEPS[int(f"{ceiling:e}"[0])]
