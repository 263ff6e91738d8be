"""Source code and configurations keep their lines."""

from __future__ import annotations

import pytest

from tests.readers.reading import blocks, document, reason

CODE = "def pause(seconds):\n\tif seconds:\n        wait(seconds)   # the pump needs it\n"


@pytest.mark.parametrize("name", ["a.py", "a.js", "a.css", "a.sql", "a.toml", "Dockerfile"])
def test_a_program_keeps_its_lines_and_its_indentation(name: str) -> None:
    """A tab becomes four spaces; nothing else changes."""
    doc = document(f"folder/{name}", CODE)
    expected = "def pause(seconds):\n    if seconds:\n        wait(seconds)   # the pump needs it"
    assert blocks(doc) == [("code", expected)]
    assert doc.title == name


def test_a_program_in_one_long_line_is_not_read() -> None:
    """A tool has written it for machines."""
    assert "too long" in reason("a.js", "a(1);" * 5_000)
