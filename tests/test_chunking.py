"""Chunking loses nothing, keeps to the budget, and never crosses a heading."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.chunking import chunk
from chatbot.readers.document_writer import DocumentWriter
from chatbot.types import BlockKind, Document, Passage

BUDGET = 30

_WORDS = st.text("abcdeéАя北 .,!?:", min_size=1, max_size=60)
_KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    ["heading", "paragraph", "paragraph", "item", "header_row", "row", "code"]
)
_BLOCKS = st.lists(st.tuples(_KINDS, _WORDS, st.integers(1, 3)), min_size=1, max_size=25)


def count(texts: Sequence[str]) -> list[int]:
    """Count words instead of model tokens; chunking works with any unit."""
    return [len(text.split()) for text in texts]


def written(blocks: Sequence[tuple[BlockKind, str, int]]) -> Document:
    writer = DocumentWriter()
    for kind, text, level in blocks:
        heads = kind == "heading" or (kind == "header_row" and level == 1)
        writer.add(kind, text, level=level if heads else 0)
    return writer.document("d", source="d", media_type="text/plain")


def leads(passage: Passage) -> list[str]:
    return [line.text for line in passage.lead]


def cut(document: Document) -> tuple[Passage, ...]:
    return chunk(document, count_tokens=count, budget=BUDGET)


@given(_BLOCKS)
@settings(max_examples=300, deadline=None)
def test_a_passage_is_its_document_at_its_span(
    blocks: list[tuple[BlockKind, str, int]],
) -> None:
    """A passage and its sentences are in the document at their spans."""
    document = written(blocks)
    for passage in cut(document):
        assert passage.span.of(document.text) == passage.text
        assert all(passage.span.holds(sentence) for sentence in passage.sentences)
        assert all(line.span.of(document.text) == line.text for line in passage.lead)
        assert all(line.span.end <= passage.span.start for line in passage.lead)
        assert set(passage.heads) <= set(passage.sentences)


@given(_BLOCKS)
@settings(max_examples=300, deadline=None)
def test_every_character_is_in_a_passage_a_heading_or_furniture(
    blocks: list[tuple[BlockKind, str, int]],
) -> None:
    """Only white space is left over."""
    document = written(blocks)
    passages = cut(document)
    covered = set[int]()
    for span in (
        *(sentence for passage in passages for sentence in passage.sentences),
        *(block.span for block in document.blocks if block.kind == "heading"),
        *(piece.span for piece in document.furniture),
    ):
        covered |= set(range(*span))
    visible = {at for at, character in enumerate(document.text) if not character.isspace()}
    assert visible <= covered


@given(_BLOCKS)
@settings(max_examples=300, deadline=None)
def test_every_sentence_is_in_one_passage_and_in_order(
    blocks: list[tuple[BlockKind, str, int]],
) -> None:
    """Passages don't overlap."""
    sentences = [s for passage in cut(written(blocks)) for s in passage.sentences]
    assert all(a.end <= b.start for a, b in pairwise(sentences))


@given(st.lists(st.integers(1, BUDGET), min_size=1, max_size=20))
@settings(max_examples=200, deadline=None)
def test_no_passage_exceeds_the_budget(sizes: list[int]) -> None:
    """Whole sentences are packed up to the budget."""
    text = " ".join("Word" + " word" * (size - 1) + "." for size in sizes)
    for passage in cut(written([("paragraph", text, 0)])):
        assert count([passage.text])[0] <= BUDGET


def test_a_passage_never_crosses_a_heading() -> None:
    """However short its section, a passage has its own path of headings."""
    document = written(
        [
            ("heading", "Arms", 1),
            ("paragraph", "One sentence here.", 0),
            ("heading", "Sales", 2),
            ("paragraph", "Another sentence here.", 0),
            ("heading", "Exercises", 1),
            ("paragraph", "A third sentence here.", 0),
        ]
    )
    assert [(passage.section, passage.text) for passage in cut(document)] == [
        ((), "One sentence here."),
        (("Sales",), "Another sentence here."),
        (("Exercises",), "A third sentence here."),
    ]


def test_a_heading_without_text_is_a_passage() -> None:
    """A document with only headings can still be found."""
    document = written([("heading", "Agenda", 1), ("heading", "Any other business", 1)])
    assert [passage.text for passage in cut(document)] == ["Agenda", "Any other business"]


def test_passages_of_a_section_have_about_equal_size() -> None:
    """Forty words in sentences of five make two passages of twenty, not thirty and ten."""
    text = " ".join(["One two three four five."] * 8)
    assert [count([p.text])[0] for p in cut(written([("paragraph", text, 0)]))] == [20, 20]


def test_a_sentence_over_the_budget_is_cut_at_white_space() -> None:
    """Words stay whole, and the pieces have similar lengths."""
    text = " ".join(f"word{number}" for number in range(100))
    document = written([("paragraph", text, 0)])
    words = [word for passage in cut(document) for word in passage.text.split()]
    assert words == text.split()
    assert len(cut(document)) == 4


def test_rows_of_a_long_table_keep_its_header() -> None:
    """A passage that begins inside a table has the header row as its lead."""
    rows: list[tuple[BlockKind, str, int]] = [("row", f"Country {n} | {n}", 0) for n in range(40)]
    document = written([("header_row", "Country | Number of exercises", 0), *rows])
    first, *rest = cut(document)
    assert first.text.startswith("Country | Number of exercises")
    assert rest
    for passage in rest:
        assert leads(passage) == ["Country | Number of exercises"]


def test_rows_keep_every_header_row_and_the_name_of_their_group() -> None:
    """The rows of the second group don't keep the name of the first one."""
    years: tuple[BlockKind, str, int] = ("header_row", "Branch | 2023 | 2024", 0)
    kinds: tuple[BlockKind, str, int] = ("header_row", "Branch | Plan | Plan", 0)
    groups: list[tuple[BlockKind, str, int]] = []
    for name in ("Coast", "Hills"):
        groups.append(("header_row", name, 1))
        groups += [("row", f"{name} {n} | {n} | {n}", 0) for n in range(20)]
    document = written([years, kinds, *groups])
    first, *rest = cut(document)
    assert [head.of(document.text) for head in first.heads[:2]] == [years[1], kinds[1]]
    for passage in rest:
        names = [years[1], kinds[1]]
        if passage.text.startswith(("Coast 1", "Hills 1")):
            names.append(passage.text[:5])
        assert leads(passage)[: len(names)] == names


def test_a_table_without_a_header_has_no_names_from_the_table_before_it() -> None:
    """A blank line separates the tables, also if a caption is between them."""
    writer = DocumentWriter()
    writer.add("header_row", "Ship | Tons")
    writer.add("row", "Varyag | 480")
    writer.add_furniture("caption", "Table 2. Cities")
    writer.start_table()
    for city in ("Paris | 2,100,000", "Omsk | 1,100,000"):
        writer.add("row", city)
    document = writer.document("d", source="d", media_type="text/plain")
    passages = chunk(document, count_tokens=count, budget=4)
    assert [(passage.text, leads(passage)) for passage in passages] == [
        ("Ship | Tons", []),
        ("Varyag | 480", ["Ship | Tons"]),
        ("Paris | 2,100,000", []),
        ("Omsk | 1,100,000", []),
    ]


def test_a_list_keeps_the_line_that_introduces_it() -> None:
    """A passage that begins inside a list has the introducing line as its lead."""
    items: list[tuple[BlockKind, str, int]] = [
        ("item", f"The driver with the number {n} of all.", 0) for n in range(10)
    ]
    document = written([("paragraph", "The report names ten drivers:", 0), *items])
    *_, last = cut(document)
    assert leads(last) == ["The report names ten drivers:"]


def test_a_sentence_that_announces_stays_with_what_it_announces() -> None:
    """An example may be a paragraph of its own, and a list may be in prose."""
    for colon in (":", "："):
        document = written(
            [
                ("paragraph", "The ship left at dawn and it came back late at night.", 0),
                ("paragraph", f"It met two other ships on its way to the harbour{colon}", 0),
                ("paragraph", "One was a tanker that had come from Omsk with fuel.", 0),
                ("paragraph", "The other was a frigate from Tver.", 0),
            ]
        )
        first, second = cut(document)
        assert first.text.endswith("late at night.")
        assert second.text.startswith("It met two other ships")
