"""A faulty row or a very long cell of a CSV file spoils no other row."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers.reading import blocks, document, read_or_reason


def test_a_very_long_cell_is_read_like_any_other() -> None:
    """The library refuses cells of more than 131,072 characters unless told otherwise."""
    long = "word, " * 30_000
    data = f'Id,Title,Text\n1,"A, b","{long}"\n2,"C, d","short, text"\n'
    assert blocks(document("a.csv", data)) == [
        ("header_row", "Id | Title | Text"),
        ("row", f"1 | A, b | {long.strip()}"),
        ("row", "2 | C, d | short, text"),
    ]


def test_a_stray_mark_in_one_row_leaves_the_quoting_of_all_rows() -> None:
    """An inch sign in a quoted cell isn't doubled."""
    data = (
        "Name,Age,City\n"
        '"Smith, John",42,"Paris, France"\n'
        '"5" pipe",3,"Rome, Italy"\n'
        '"Doe, Jane",50,"Two\nlines, here"\n'
    )
    assert blocks(document("a.csv", data)) == [
        ("header_row", "Name | Age | City"),
        ("row", "Smith, John | 42 | Paris, France"),
        ("row", '5 pipe" | 3 | Rome, Italy'),
        ("row", "Doe, Jane | 50 | Two lines, here"),
    ]


def test_an_unclosed_mark_in_one_row_leaves_the_quoting_of_all_rows() -> None:
    """Neither the rows before it nor those after it change."""
    data = 'Size,Name\n"7,5",hull\n"5 inch,gun\n"9,5",mast\n8,y\n'
    assert blocks(document("a.csv", data)) == [
        ("header_row", "Size | Name"),
        ("row", "7,5 | hull"),
        ("row", '"5 inch | gun'),
        ("row", "9,5 | mast"),
        ("row", "8 | y"),
    ]


@given(st.text('abc",;\n\r ', max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_letter_is_lost_whatever_the_quoting(text: str) -> None:
    """The letters stay in order, too."""
    result = read_or_reason("a.csv", text)
    letters = "".join(filter(str.isalpha, text))
    if letters:
        assert not isinstance(result, str)
        assert "".join(filter(str.isalpha, result[0].text)) == letters
