"""Notebooks: prose, code and what it printed."""

from __future__ import annotations

import json
from typing import Any

from tests.readers.reading import blocks, covers, document, reason


def notebook(*cells: dict[str, Any], **metadata: Any) -> str:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4})


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source.splitlines(keepends=True), "outputs": outputs}


def test_prose_is_markdown_and_code_keeps_its_lines() -> None:
    """Pictures and the JSON around the cells are left out."""
    picture = {"output_type": "display_data", "data": {"image/png": "iVBOR" * 99}}
    printed = {"output_type": "stream", "text": ["\x1b[31mmean\x1b[0m 42.7 mm\n"]}
    doc = document(
        "study.ipynb",
        notebook(
            {"cell_type": "markdown", "source": ["# Rainfall\n", "\n", "It **rained**."]},
            code("for day in june:\n    print(day)", printed, picture),
            {"cell_type": "raw", "source": "as it is"},
        ),
    )
    assert doc.title == "Rainfall"
    assert blocks(doc) == [
        ("heading", "Rainfall"),
        ("paragraph", "It rained."),
        ("code", "for day in june:\n    print(day)"),
        ("code", "mean 42.7 mm"),
        ("code", "as it is"),
    ]
    assert covers(doc)


def test_a_table_that_a_cell_shows_is_a_table() -> None:
    """Its names stay with its values; an object without text is left out."""
    table = "<table><tr><th>site</th><th>mm</th></tr><tr><td>mill</td><td>42</td></tr></table>"
    shown = {"output_type": "execute_result", "data": {"text/html": [table], "text/plain": "x"}}
    nothing = {"output_type": "execute_result", "data": {"text/plain": "<Axes: xlabel='mm'>"}}
    doc = document("a.ipynb", notebook(code("df", shown, nothing)))
    assert blocks(doc) == [("code", "df"), ("header_row", "site | mm"), ("row", "mill | 42")]
    assert doc.title == "a"


def test_old_notebooks_and_errors_are_read() -> None:
    """Version 3 has worksheets, heading cells and `input`."""
    error = {"output_type": "pyerr", "ename": "KeyError", "evalue": "mm"}
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Wells"},
        {"cell_type": "code", "input": "1 + 1", "outputs": [{**error, "output_type": "error"}]},
    ]
    doc = document("a.ipynb", json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}))
    assert blocks(doc) == [("heading", "Wells"), ("code", "1 + 1"), ("code", "KeyError: mm")]


def test_a_damaged_notebook_gives_a_reason() -> None:
    """Cut files, other JSON and deep nesting are refused in a sentence."""
    assert reason("a.ipynb", notebook(code("x"))[:-9]).startswith("damaged: it is not a notebook")
    assert reason("a.ipynb", "[]") == "no text"
    assert reason("a.ipynb", '{"cells": [1, "x", {"cell_type": []}]}') == "no text"
    assert "nested too deeply" in reason("a.ipynb", "[" * 100_000)
