"""The blocks of a document are grouped as a reader sees them."""

from __future__ import annotations

from chatbot.web.source.document_html import block_groups
from tests.readers.reading import document


def test_tables_that_follow_each_other_stay_apart() -> None:
    """The rows of the second table aren't under the names of the first one."""
    ships = "<tr><th>Ship</th><th>Tons</th></tr><tr><td>Varyag</td><td>480</td></tr>"
    cities = "<tr><td>Paris</td><td>2100</td></tr><tr><td>Omsk</td><td>1100</td></tr>"
    doc = document("a.html", f"<h1>Lists</h1><table>{ships}</table><table>{cities}</table>")
    groups = [
        (group.kind, [block.span.of(doc.text) for block in group.blocks])
        for group in block_groups(doc)
    ]
    assert groups == [
        ("blocks", ["Lists"]),
        ("table", ["Ship | Tons", "Varyag | 480"]),
        ("table", ["Paris | 2100", "Omsk | 1100"]),
    ]
