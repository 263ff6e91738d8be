"""The texts that vectors are made from."""

from __future__ import annotations

from collections.abc import Sequence

from chatbot.chunking import chunk
from chatbot.ingestion.embedding import sentence_texts
from chatbot.types import Document, Passage
from tests.readers.reading import document

SHEET = """Depths of the ports in 2024,,
Port,Depth,Cranes
Narvik,12,
Riga,9,4
"""


def passages(text: Document, *, budget: int) -> Sequence[Passage]:
    """The passages of at most this many words."""
    return chunk(text, count_tokens=lambda texts: [len(t.split()) for t in texts], budget=budget)


def test_a_row_is_embedded_with_the_names_of_its_columns() -> None:
    """Header rows are embedded as they are, and empty cells are left out."""
    sheet = document("ports.csv", SHEET)
    (passage,) = passages(sheet, budget=200)
    assert sentence_texts(sheet, passage) == [
        "Depths of the ports in 2024",
        "Port | Depth | Cranes",
        "Port Narvik; Depth 12",
        "Port Riga; Depth 9; Cranes 4",
    ]


def test_a_row_of_a_continued_table_has_the_names_from_before_the_passage() -> None:
    """Prose between tables stays as it is."""
    rows = "\n".join(f"Port number {n},{n}" for n in range(60))
    sheet = document("ports.csv", f"Port,Depth\n{rows}\n")
    *_, last = passages(sheet, budget=50)
    assert last.lead
    assert sentence_texts(sheet, last)[-1] == "Port Port number 59; Depth 59"
    prose = document("a.md", "The port is deep. It has cranes.")
    (passage,) = passages(prose, budget=50)
    assert sentence_texts(prose, passage) == ["The port is deep.", "It has cranes."]
