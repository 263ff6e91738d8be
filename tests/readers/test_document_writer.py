"""How a reader's document is written: every character in one place, ids and titles of its own."""

from __future__ import annotations

import hashlib
import re
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
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
@settings(max_examples=300, deadline=None)
def test_what_is_written_is_covered_exactly_once(
    parts: list[tuple[Any, str]],
) -> None:
    """Whatever the blocks, each character has one place, in order, and no word is lost."""
    writer = DocumentWriter()
    for kind, text in parts:
        if kind in ("navigation", "byline", "caption"):
            writer.add_furniture(kind, text)
        else:
            writer.add(kind, text, level=2 if kind == "heading" else 0)
    found = writer.document("d", source="d", media_type="text/plain")
    assert covers(found)
    assert found.text.split() == [word for _, text in parts for word in clean(text).split()]
    spans = sorted([block.span for block in found.blocks] + [it.span for it in found.furniture])
    assert all(a.end < b.start for a, b in pairwise(spans))
    assert found.fingerprint == hashlib.sha256(found.text.encode()).hexdigest()


def test_blocks_are_parted_as_they_are_read() -> None:
    """Rows and items follow line by line; everything else has a blank line before it."""
    writer = DocumentWriter()
    writer.add("heading", " Arms \n sales ", level=1)
    writer.add("item", "one")
    writer.add("item", "two")
    writer.add("paragraph", "")
    writer.add("code", "\nif x:\n\treturn\n")
    found = writer.document("d", source="d", media_type="text/plain")
    assert found.text == "Arms sales\n\none\ntwo\n\nif x:\n return"


def test_only_paragraphs_and_items_are_judged_as_furniture() -> None:
    """A heading or cell that reads like furniture is what its markup says."""
    writer = DocumentWriter()
    kinds: list[BlockKind] = ["heading", "row", "code", "paragraph", "item"]
    for kind in kinds:
        writer.add(kind, "Leave a Reply")
    found = writer.document("d", source="d", media_type="text/plain")
    assert [kind for kind, _ in blocks(found)] == ["heading", "row", "code"]
    assert furniture(found) == [("boilerplate", "Leave a Reply")] * 2


def test_bylines_and_captions_reach_the_metadata() -> None:
    """What is furniture of the page may be a fact of the document."""
    found = document(
        "a.txt",
        "By Jane Doe\n\nThe text of the article is here.\n\nPicture: A tank\n\nPicture: A jet",
    )
    assert found.metadata.author == "Jane Doe"
    assert found.metadata.extra == {"captions": "Picture: A tank; Picture: A jet"}


def test_a_title_is_the_highest_heading_or_the_first_words() -> None:
    """Without a title of its own a document is named by its text, cut between words."""
    assert document("a.md", "## Second\n\ntext\n\n# First\n\n# Third").title == "First"
    assert document("a.md", "Only these words.").title == "Only these words."
    long = document("a.md", "word " * 40).title
    assert re.fullmatch(r"(word ){17}word …", long)


def test_each_page_has_the_span_of_what_was_written_on_it() -> None:
    """Pages follow each other without a gap, and one without text keeps its number."""
    writer = DocumentWriter()
    for words in ("One page.", "", "Third."):
        writer.start_page()
        writer.add("paragraph", words)
    found = writer.document("d", source="d", media_type="text/plain")
    assert found.text == "One page.\n\nThird."
    assert found.pages == ((0, 9), (9, 9), (9, 17))
