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
    """Drawers, comments and markup are left out; the state of a task is a record."""
    doc = document("a.org", GUIDE)
    assert blocks(doc) == [
        ("heading", "Start"),
        ("row", "State: TODO | Tags: ops"),
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


def test_the_times_and_properties_of_a_task_are_its_record() -> None:
    """So a question for its deadline finds it."""
    doc = document(
        "log.org",
        "* TODO [#A] Change oil :engine:\n  DEADLINE: <2026-04-01 Wed>\n  :PROPERTIES:\n"
        "  :HOURS: 1200\n  :ID: f3\n  :END:\n  Use 15W40.\n** DONE Buy filter\n"
        "   CLOSED: [2026-03-02 Mon 10:00]\n- Range :: 300 miles\n",
    )
    assert blocks(doc) == [
        ("heading", "Change oil"),
        (
            "row",
            "State: TODO | Priority: A | Tags: engine | Deadline: 2026-04-01 Wed | Hours: 1200",
        ),
        ("paragraph", "Use 15W40."),
        ("heading", "Buy filter"),
        ("row", "State: DONE | Closed: 2026-03-02 Mon 10:00"),
        ("item", "Range: 300 miles"),
    ]
