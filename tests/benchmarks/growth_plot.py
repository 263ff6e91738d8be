"""Plots the README's chart of cost against size from the measurements of growth.py.

python -m tests.benchmarks.growth_plot
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from tests.benchmarks.indexes import HOME
from tests.shared import PROJECT

PICTURE: Final = PROJECT / ".assets" / "growth.svg"

_WIDTH, _HEIGHT = 330, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 300, 34, 184
_INK, _FAINT, _COLOURS = "#1f2933", "#d5dae0", ("#0b5cad", "#b4540a")

Figures = Sequence[dict[str, Any]]


class _Panel(NamedTuple):
    """A chart over the number of passages: a title, and a figure per curve."""

    title: str
    curves: tuple[tuple[str, Callable[[dict[str, Any]], float]], ...]


_PANELS: Final = (
    _Panel("a question, ms", (("p50", lambda f: f["p50 ms"]), ("p99", lambda f: f["p99 ms"]))),
    _Panel("a build without the encoder, s", (("", lambda f: f["build s"]),)),
    _Panel(
        "an update, s",
        (("one changed", lambda f: f["one changed s"]), ("none", lambda f: f["nothing changed s"])),
    ),
    _Panel(
        "memory and disk, MB",
        (("disk", lambda f: f["disk MB"]), ("memory", lambda f: f["of it not files MB"])),
    ),
)


def draw(figures: Figures) -> str:
    """An SVG picture: four panels, both axes logarithmic."""
    rows = math.ceil(len(_PANELS) / 2)
    size = {"width": str(2 * _WIDTH), "height": str(rows * _HEIGHT)}
    picture = ET.Element("svg", xmlns="http://www.w3.org/2000/svg", role="img")
    for name, value in (*size.items(), ("font-family", "system-ui"), ("font-size", "12")):
        picture.set(name, value)
    ET.SubElement(picture, "title").text = "Cost against the number of passages"
    ET.SubElement(picture, "rect", {**size, "fill": "#fff"})
    for number, panel in enumerate(_PANELS):
        place = f"translate({number % 2 * _WIDTH} {number // 2 * _HEIGHT})"
        _draw_panel(ET.SubElement(picture, "g", transform=place), panel, figures)
    ET.indent(picture)
    return ET.tostring(picture, "unicode") + "\n"


def _draw_panel(group: ET.Element, panel: _Panel, figures: Figures) -> None:
    sizes = [row["passages"] for row in figures]
    costs = [value(row) for _, value in panel.curves for row in figures]
    low, high = (
        10.0 ** math.floor(math.log10(min(costs))),
        10 ** math.ceil(math.log10(max(costs))),
    )
    first, last = math.log10(min(sizes)), math.log10(max(sizes))

    def across(size: float) -> float:
        return _LEFT + (math.log10(size) - first) / ((last - first) or 1) * (_RIGHT - _LEFT)

    def up(cost: float) -> float:
        share = math.log10(cost / low) / math.log10(high / low)
        return _BOTTOM - share * (_BOTTOM - _TOP)

    _text(group, panel.title, _LEFT, _TOP - 14, weight="600")
    for power in range(round(math.log10(low)), round(math.log10(high)) + 1):
        level = f"{up(10.0**power):.1f}"
        ends = {"x1": f"{_LEFT}", "x2": f"{_RIGHT}", "y1": level, "y2": level}
        ET.SubElement(group, "line", ends, stroke=_FAINT)
        _text(group, f"{10.0**power:,g}", _LEFT - 6, up(10.0**power) + 4, anchor="end")
    for size in sizes:
        _text(group, _short(size), across(size), _BOTTOM + 18, anchor="middle")
    for (name, value), colour in zip(panel.curves, _COLOURS, strict=False):
        corners = [(across(row["passages"]), up(value(row))) for row in figures]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        ET.SubElement(
            group, "polyline", {"points": points, "fill": "none", "stroke-width": "2"}
        ).set("stroke", colour)
        for (x, y), row in zip(corners, figures, strict=True):
            dot = ET.SubElement(group, "circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="3", fill=colour)
            ET.SubElement(dot, "title").text = f"{value(row):,g}"
        middle = (corners[-2][0] + corners[-1][0]) / 2, (corners[-2][1] + corners[-1][1]) / 2
        _text(group, name, middle[0], middle[1] - 12, anchor="middle", colour=colour)


def _short(size: int) -> str:
    return f"{size / 1e6:.2g} million" if size >= 1e6 else f"{round(size, -3):,}"


def _text(
    group: ET.Element,
    words: str,
    x: float,
    y: float,
    *,
    anchor: str = "start",
    weight: str = "400",
    colour: str = _INK,
) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}
    ET.SubElement(group, "text", {**place, "font-weight": weight, "fill": colour}).text = words


def main() -> None:
    """Plot the last measurements."""
    figures = json.loads((HOME / "growth.json").read_text("utf-8"))
    PICTURE.write_text(draw(sorted(figures, key=lambda row: int(row["passages"]))), "utf-8")
    print(f"{Path(PICTURE).relative_to(PROJECT)} shows {len(figures)} sizes.")


if __name__ == "__main__":
    main()
