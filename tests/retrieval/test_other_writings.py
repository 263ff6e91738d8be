"""An abbreviation is found however it is written: "A2/AD", "A2-AD" and "A2AD" are one word."""

from __future__ import annotations

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.retrieval.other_writings import OtherWritings, other_writings
from chatbot.retrieval.query import query_terms
from tests.memory_index import MemoryIndex, written


@pytest.fixture(scope="module")
def index(encoder: Encoder) -> MemoryIndex:
    """One document has "A2AD" and one "A2/AD"; the S-400 has only one writing."""
    documents = [
        written("joined", "China built an A2AD belt near its coast.")[0],
        written("parted", "Russia built an A2/AD belt in the Baltic Sea.")[0],
        written("missile", "The S-400 is an air defence system of long range.")[0],
        written("plain", "The boundary layer of a three-dimensional wing is thin.")[0],
    ]
    return MemoryIndex.of(documents, encoder, budget=200)


@pytest.mark.parametrize("written_as", ["A2/AD", "A2-AD", "a2/ad"])
def test_a_parted_word_also_finds_the_joined_one(index: MemoryIndex, written_as: str) -> None:
    """Both documents are hits; the best possible score is that of one writing."""
    terms = query_terms(f"belt {written_as}", index)
    rows, _ = index.lexical_hits(terms.emphasis, 10, None)
    assert {"joined", "parted"} <= {*index.owners(rows)}
    assert terms.emphasis.keys() == {"belt", "a2", "ad", "a2ad"}
    plain = query_terms("belt a2 ad", index)
    assert (terms.ideal_bm25, terms.weights) == (plain.ideal_bm25, plain.weights)


def test_a_joined_word_that_no_document_has_finds_its_parts(index: MemoryIndex) -> None:
    """It is searched as if it were written with a mark."""
    joined, parted = (
        query_terms("range of the S400", index),
        query_terms("range of the S-400", index),
    )
    assert joined == parted
    assert {"s", "400"} <= joined.emphasis.keys()


@pytest.mark.parametrize(
    "question",
    [
        "three-dimensional boundary layer",
        "boundarylayer",
        "long-range air-defence",
        "S-400",  # nothing is written S400
        "S500",
        "400",
    ],
)
def test_other_words_are_left_alone(index: MemoryIndex, question: str) -> None:
    """Ordinary compounds, numbers, and abbreviations without another writing."""
    assert other_writings(question, index) == OtherWritings()


def test_the_demo_corpus_finds_a2ad_in_its_glossary(demo: Chatbot) -> None:
    """Its documents only write "A2/AD"; all three writings find it first."""
    for word in ("A2/AD", "A2-AD", "A2AD"):
        answer = demo.ask(f"What kinds of weapons fall under {word}?")
        assert (answer.citations or answer.nearest)[0].doc_id == "glossary.md"
