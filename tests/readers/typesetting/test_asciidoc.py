"""AsciiDoc by its own structure."""

from __future__ import annotations

from tests.readers.reading import blocks, covers, document

GUIDE = """\
= Pump guide
Ann Lee <ann@example.org>
v1.2, 2024-05-06
:toc:
:product: Pump X

The {product} *must* be primed, see https://example.org[the site] and <<start,the start>>.

== Start

NOTE: Never run it dry.

[source,bash]
----
pump start
  --slow
----

. Open the valve.
. Press the button; it has
two positions.

.Models
[cols="1,1",options="header"]
|===
|Model |Litres

|P1 |40
|P2
|55
2+|both
|===

[WARNING]
====
It is hot.
====

Valve:: Lets water in.
// hidden
include::other.adoc[]
"""


def test_sections_lists_tables_and_code_are_read() -> None:
    """Attributes are filled in, links become their words, comments are left out."""
    doc = document("a.adoc", GUIDE)
    assert blocks(doc) == [
        ("heading", "Pump guide"),
        ("paragraph", "The Pump X must be primed, see the site and the start."),
        ("heading", "Start"),
        ("paragraph", "Note: Never run it dry."),
        ("code", "pump start\n  --slow"),
        ("item", "Open the valve."),
        ("item", "Press the button; it has two positions."),
        ("paragraph", "Models"),
        ("header_row", "Model | Litres"),
        ("row", "P1 | 40"),
        ("row", "P2 | 55"),
        ("row", "both"),
        ("paragraph", "It is hot."),
        ("item", "Valve: Lets water in."),
    ]
    assert (doc.title, doc.metadata.author, doc.metadata.date) == (
        "Pump guide",
        "Ann Lee",
        "2024-05-06",
    )
    assert covers(doc)


def test_a_block_without_end_goes_on_to_the_end() -> None:
    """Nothing of a cut file is lost."""
    assert "last" in document("a.adoc", "= A\n\n----\nfirst\nlast").text
    assert "last" in document("a.adoc", "= A\n\n|===\n|first\n|last").text
