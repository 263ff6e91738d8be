"""Org by its own structure."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document

GUIDE = """\
#+TITLE: Pump guide
#+AUTHOR: Ann Lee
#+DATE: <2024-05-06 Mon>
* TODO Start                                     :ops:
:PROPERTIES:
:ID: 12
:END:
The pump *must* be primed, see [[https://example.org][the site]].
It goes on here.

- [X] Open the valve
- Press the button
  twice
** Models
| Model | Litres |
|-------+--------|
| P1    |     40 |
#+BEGIN_SRC bash
pump start
  --slow
#+END_SRC
#+begin_quote
Water is life.
#+end_quote
# hidden
"""


def test_headings_lists_tables_and_code_are_read() -> None:
    """States, tags, drawers, comments and markup are left out."""
    doc = document("a.org", GUIDE)
    assert blocks(doc) == [
        ("heading", "Start"),
        ("paragraph", "The pump must be primed, see the site. It goes on here."),
        ("item", "Open the valve"),
        ("item", "Press the button twice"),
        ("heading", "Models"),
        ("header_row", "Model | Litres"),
        ("row", "P1 | 40"),
        ("code", "pump start\n  --slow"),
        ("paragraph", "Water is life."),
    ]
    assert (doc.title, doc.metadata.author, doc.metadata.date) == (
        "Pump guide",
        "Ann Lee",
        "2024-05-06",
    )
    assert covers(doc)


def test_a_drawer_without_end_is_text() -> None:
    """Nothing of a cut file is lost."""
    assert "last" in document("a.org", "* A\n:NOTES:\nlast").text
    assert "last" in document("a.org", "* A\n#+begin_src\nlast").text
