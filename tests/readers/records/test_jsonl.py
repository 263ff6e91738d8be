"""JSON Lines in BEIR form: one document per line."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readers.reading import blocks, document, documents, reason


def jsonl(*lines: Mapping[str, object]) -> str:
    return "\n".join(map(json.dumps, lines))


def test_each_line_is_a_document() -> None:
    """A line gives id, title, paragraphs and metadata; blank lines and empty texts give nothing."""
    first, second = documents(
        "c.jsonl",
        jsonl(
            {"_id": "a/1", "title": "Arms", "text": "First.\n\nSecond\nline."},
            {"_id": "none", "title": "Empty", "text": " "},
        )
        + "\r\n\r\n"
        + jsonl({"_id": 7, "text": "Third.", "metadata": {"date": "2020-05-06", "tags": ["x"]}}),
    )
    assert (first.doc_id, first.title, first.source) == ("a/1", "Arms", "c.jsonl")
    assert blocks(first) == [("paragraph", "First."), ("paragraph", "Second line.")]
    assert (second.doc_id, second.title) == ("7", "Third.")
    assert (second.metadata.date, second.metadata.tags) == ("2020-05-06", ("x",))


def test_ids_begin_with_the_prefix_of_their_file() -> None:
    """Equal ids in different files of a folder stay distinct."""
    docs = documents("c.jsonl", jsonl({"_id": "a", "text": "x y"}), prefix="c.jsonl/")
    assert [doc.doc_id for doc in docs] == ["c.jsonl/a"]


def test_a_repeated_id_gets_a_number() -> None:
    """Ids are unique, even next to an id that looks numbered already."""
    docs = documents(
        "c.jsonl",
        jsonl(*({"_id": doc, "text": f"Text {n}."} for n, doc in enumerate("a a a~2 a b".split()))),
    )
    assert [doc.doc_id for doc in docs] == ["a", "a~2", "a~2~2", "a~3", "b"]


@given(st.lists(st.sampled_from(["a", "a~2", "a~3", "a~2~2", "b"]), max_size=12))
@settings(max_examples=100, deadline=None)
def test_ids_are_unique(ids: list[str]) -> None:
    """There are as many ids as lines, for any ids."""
    docs = documents(
        "c.jsonl", jsonl({"_id": "z", "text": "t"}, *({"_id": i, "text": "t"} for i in ids))
    )
    assert len({doc.doc_id for doc in docs}) == len(ids) + 1


def test_an_id_is_readable_text() -> None:
    """A lone surrogate from a JSON escape would break every file it is written to."""
    line = '{"_id": "a\\ud800\\u0000b", "text": "x y", "metadata": {"k\\ud800": "v\\ud800"}}'
    (doc,) = documents("c.jsonl", line)
    assert doc.doc_id == "ab"
    assert doc.metadata.extra == {"k": "v"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            '{"_id": "b", "text": ',
            "damaged: line 3 is not JSON (Expecting value: line 1 column 22 (char 21))",
        ),
        ("[1, 2]", "damaged: line 3 is not an object with _id and text"),
        ('"words"', "damaged: line 3 is not an object with _id and text"),
        ('{"text": "x"}', "damaged: line 3 has no _id"),
        ('{"_id": null, "text": "x"}', "damaged: line 3 has no _id"),
        ('{"_id": " ", "text": "x"}', "damaged: line 3 has no _id"),
        ('{"_id": "b"}', "damaged: line 3 has no text"),
        ('{"_id": "b", "text": null}', "damaged: line 3 has no text"),
        ('{"_id": "b", "text": "x", "metadata": ' + "[" * 99_999, "nested too deeply"),
    ],
)
def test_a_malformed_line_is_named(line: str, why: str) -> None:
    """Blank lines count, as in an editor."""
    assert reason("c.jsonl", jsonl({"_id": "a", "text": "x"}) + "\n\n" + line) == why


def test_lines_without_an_id_are_records_of_one_document() -> None:
    """They are read like a JSON list of the same objects."""
    lines = jsonl({"room": "hall", "opens": "nine"}, {"room": "loft", "opens": "ten"})
    assert list(blocks(document("c.jsonl", lines))) == [
        ("row", "room: hall | opens: nine"),
        ("row", "room: loft | opens: ten"),
    ]
