"""Charts: their data is a table, with the figures, dates and categories that the chart shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pptx
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE

from tests.readers.office.test_pptx import BLANK, BOX, saved
from tests.readers.reading import blocks, document


def charted(data: Any, kind: Any = XL_CHART_TYPE.COLUMN_CLUSTERED) -> list[str]:
    """The rows of a chart on a slide."""
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[BLANK])
    slide.shapes.add_chart(kind, *BOX, data)
    return [text for kind, text in blocks(document("a.pptx", saved(deck))) if "row" in kind]


def test_the_figures_of_a_chart_are_read_as_it_shows_them() -> None:
    """In percent or with their unit; a name that looks like a figure stays as it is."""
    data: Any = CategoryChartData(number_format="0%")  # type: ignore[no-untyped-call]
    data.categories = ["1.10", "1.2"]
    data.add_series("Share", (0.25, 0.755))
    data.add_series("Cost", (3.5, 4), number_format='0.0"M"')
    assert charted(data) == ["| Share | Cost", "1.10 | 25% | 3.5M", "1.2 | 75.5% | 4M"]


def test_dates_below_a_chart_are_dates() -> None:
    """A chart stores them as numbers of days."""
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = [date(2026, 1, 1), date(2026, 2, 1)]
    data.add_series("Calls", (1, 2))
    assert charted(data) == ["| Calls", "2026-01-01 | 1", "2026-02-01 | 2"]


def test_categories_of_a_chart_have_the_names_of_their_groups() -> None:
    """The same quarter of two years is two categories."""
    data: Any = CategoryChartData()  # type: ignore[no-untyped-call]
    for year in ("2025", "2026"):
        group = data.add_category(year)
        group.add_sub_category("Q1")
        group.add_sub_category("Q2")
    data.add_series("Calls", (1, 2, 3, 4))
    assert charted(data)[1:] == ["2025 Q1 | 1", "2025 Q2 | 2", "2026 Q1 | 3", "2026 Q2 | 4"]


def test_series_with_x_values_of_their_own_are_tables_of_their_own() -> None:
    """A value of a scatter chart never gets the x value of another series."""
    data: Any = XyChartData()  # type: ignore[no-untyped-call]
    for name, points in {"Near": ((1, 10), (2, 20)), "Far": ((300, 5), (400, 6))}.items():
        series = data.add_series(name)
        for x, y in points:
            series.add_data_point(x, y)
    assert charted(data, XL_CHART_TYPE.XY_SCATTER) == [
        "| Near",
        "1 | 10",
        "2 | 20",
        "| Far",
        "300 | 5",
        "400 | 6",
    ]
