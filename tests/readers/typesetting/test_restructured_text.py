"""reStructuredText by its own structure."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document

GUIDE = """
==========
Pump guide
==========
:Author: Ann Lee
:Date: 2024-05-06

.. contents::

The pump **must** be primed, see :ref:`the start <start>` and `the site <https://example.org>`_.

Start
=====

.. note:: Never run it dry.

.. code-block:: bash
   :linenos:

   pump start
     --slow

1. Open the valve.
2. Press the button; it has
   two positions.

======  ======
Model   Litres
======  ======
P1      40
======  ======

Term
    Its definition.

.. function:: prime(litres)

   Fill the pump.

Broken **markup and a |missing| substitution.
"""


def test_sections_lists_tables_and_code_are_read() -> None:
    """Directives and roles of Sphinx, and broken markup, lose no words."""
    doc = document("a.rst", GUIDE)
    assert blocks(doc) == [
        ("heading", "Pump guide"),
        ("item", "Ann Lee"),
        ("item", "2024-05-06"),
        ("paragraph", "The pump must be primed, see the start and the site."),
        ("heading", "Start"),
        ("paragraph", "Never run it dry."),
        ("code", "pump start\n  --slow"),
        ("item", "Open the valve."),
        ("item", "Press the button; it has two positions."),
        ("header_row", "Model | Litres"),
        ("row", "P1 | 40"),
        ("item", "Term"),
        ("paragraph", "Its definition."),
        ("code", "prime(litres)"),
        ("paragraph", "Fill the pump."),
        ("paragraph", "Broken **markup and a |missing| substitution."),
    ]
    assert (doc.title, doc.metadata.author, doc.metadata.date) == (
        "Pump guide",
        "Ann Lee",
        "2024-05-06",
    )
    assert covers(doc)


def test_no_other_file_is_read() -> None:
    """Neither by including it, nor as raw text, nor as a table."""
    for directive in ("include", "raw:: html\n   :file", "csv-table::\n   :file", "literalinclude"):
        doc = document("a.rst", f"Before.\n\n.. {directive}:: /etc/passwd\n\nAfter.\n")
        assert "root" not in doc.text
        assert "After." in doc.text
