"""Raised figures on a page."""

from __future__ import annotations

import pytest

from tests.readers.pdfs import TYPED, Words, pdf
from tests.readers.reading import document


def line(*pieces: tuple[str, float, float]) -> list[Words]:
    """Words that follow each other directly: the text, its size, and how far it is raised."""
    left, words = 72.0, []
    for text, size, up in pieces:
        words.append(Words(left, 700 + up, text, size, "even"))
        left += TYPED * size * len(text)
    return words


@pytest.mark.parametrize(
    ("pieces", "read"),
    [
        ([("The fee is 50", 10, 0), ("12", 6, 4), (" euros.", 10, 0)], "The fee is 50¹² euros."),
        ([("It has 10", 10, 0), ("3", 7, 3), (" m", 10, 0), ("2", 7, 3)], "It has 10³ m²"),
        ([("Water is H", 10, 0), ("2", 7, -2), ("O.", 10, 0)], "Water is H2O."),
        ([("In 2019 it cost $19.50 or 1,250", 10, 0)], "In 2019 it cost $19.50 or 1,250"),
        ([("A small 1", 10, 0), ("95", 7, 0), (" stays", 10, 0)], "A small 195 stays"),
    ],
)
def test_a_raised_figure_is_no_part_of_the_figure_before_it(
    pieces: list[tuple[str, float, float]], read: str
) -> None:
    """A lowered or a small one is read as it is."""
    assert document("a.pdf", pdf(line(*pieces))).text == read
