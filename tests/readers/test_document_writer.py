"""The document writer: every character has one place, and every document a title."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from chatbot.readers.document_writer import DocumentWriter
from chatbot.text.clean import clean
from chatbot.types import BlockKind, FurnitureKind
from tests.readers.reading import blocks, covers, document, furniture

_KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    ["heading", "paragraph", "item", "header_row", "row", "code"]
)
_FURNITURE: st.SearchStrategy[FurnitureKind] = st.sampled_from(["navigation", "byline", "caption"])
_TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["Leave a Reply", "Share:", "By Jane Doe", " \n ", "a\n\n  b", "\u200b"]),
)


@given(st.lists(st.tuples(st.one_of(_KINDS, _FURNITURE), _TEXT), max_size=15))
@example([("code", "\ufbd3")])
@settings(max_examples=300, deadline=None)
def test_every_character_is_covered_exactly_once(
    parts: list[tuple[Any, str]],
) -> None:
    """For any blocks, each character has one place, in order, and no word is lost."""
    writer = DocumentWriter()
    for kind, text in parts:
        if kind in ("navigation", "byline", "caption"):
            writer.add_furniture(kind, text)
        else:
            writer.add(kind, text, level=2 if kind == "heading" else 0)
    result = writer.document("d", source="d", media_type="text/plain")
    assert covers(result)
    assert result.text.split() == [word for _, text in parts for word in clean(text).split()]
    spans = sorted(
        [block.span for block in result.blocks] + [piece.span for piece in result.furniture]
    )
    assert all(a.end < b.start for a, b in pairwise(spans))
    assert result.fingerprint == hashlib.sha256(result.text.encode()).hexdigest()


def test_blocks_are_separated_by_kind() -> None:
    """Rows and items follow line by line; a blank line precedes every other block."""
    writer = DocumentWriter()
    writer.add("heading", " Arms \n sales ", level=1)
    writer.add("item", "one")
    writer.add("item", "two")
    writer.add("paragraph", "")
    writer.add("code", "\nif x:\n\treturn\n")
    result = writer.document("d", source="d", media_type="text/plain")
    assert result.text == "Arms sales\n\none\ntwo\n\nif x:\n    return"


def test_only_paragraphs_and_items_can_be_furniture() -> None:
    """A heading or cell that reads like furniture stays a heading or cell."""
    writer = DocumentWriter()
    kinds: list[BlockKind] = ["heading", "row", "code", "paragraph", "item"]
    for kind in kinds:
        writer.add(kind, "Leave a Reply")
    result = writer.document("d", source="d", media_type="text/plain")
    assert [kind for kind, _ in blocks(result)] == ["heading", "row", "code"]
    assert furniture(result) == [("boilerplate", "Leave a Reply")] * 2


def test_bylines_and_captions_reach_the_metadata() -> None:
    """Furniture of the page can hold facts about the document."""
    doc = document(
        "a.txt",
        "By Jane Doe\n\nThe text of the article is here.\n\nPicture: A tank\n\nPicture: A jet",
    )
    assert doc.metadata.author == "Jane Doe"
    assert doc.metadata.extra == {"captions": "Picture: A tank; Picture: A jet"}


def test_a_title_is_the_highest_heading_or_the_first_words() -> None:
    """Without a stated title, the text gives it, cut between words."""
    assert document("a.md", "## Second\n\ntext\n\n# First\n\n# Third").title == "First"
    assert document("a.md", "Only these words.").title == "Only these words."
    long = document("a.md", "word " * 40).title
    assert re.fullmatch(r"(word ){17}word …", long)


def test_each_page_has_the_span_of_what_was_written_on_it() -> None:
    """Pages follow each other without a gap, and a page without text keeps its number."""
    writer = DocumentWriter()
    for words in ("One page.", "", "Third."):
        writer.start_page()
        writer.add("paragraph", words)
    result = writer.document("d", source="d", media_type="text/plain")
    assert result.text == "One page.\n\nThird."
    assert result.pages == ((0, 9), (9, 9), (9, 17))
