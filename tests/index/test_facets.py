"""Facets count the documents that each value of a filter would admit."""

from __future__ import annotations

from collections import Counter

import pytest

from chatbot.assistant import Chatbot
from chatbot.index.facets import Facets
from chatbot.retrieval.filters import as_filters
from chatbot.types import Filters


def counts(facets: Facets, name: str) -> dict[str, int]:
    """The number of documents of each value of a facet."""
    return {
        value.value: value.documents
        for facet in facets.facets
        if facet.name == name
        for value in facet.values
    }


def test_facets_count_documents(demo: Chatbot) -> None:
    """Tags and documents have the counts that a count by hand gives."""
    facets = demo.build.catalog.facets(Filters(), most=100)
    documents = demo.documents()
    assert facets.documents == len(documents)
    assert counts(facets, "tag") == Counter(
        tag for document in documents for tag in document.metadata.tags
    )
    assert counts(facets, "document") == {document.doc_id: 1 for document in documents}


@pytest.mark.parametrize("tag", ["arms", "partnership", "nothing"])
def test_a_value_admits_as_many_documents_as_its_count(demo: Chatbot, tag: str) -> None:
    """This holds with other filters set; a choice doesn't change its own facet."""
    chosen = as_filters({"tag": tag})
    facets = demo.build.catalog.facets(chosen, most=100)
    whole = demo.build.catalog.facets(Filters(), most=100)
    assert facets.documents == len(demo.documents(chosen))
    assert counts(facets, "tag") == counts(whole, "tag")
    for value, number in counts(facets, "document").items():
        assert len(demo.documents({"tag": tag, "document": value})) == number


def test_a_facet_lists_at_most_the_requested_values(demo: Chatbot) -> None:
    """It lists those with the most documents, and counts the others."""
    (tags,) = (
        facet
        for facet in demo.build.catalog.facets(Filters(), most=3).facets
        if facet.name == "tag"
    )
    whole = counts(demo.build.catalog.facets(Filters(), most=100), "tag")
    assert len(tags.values) == 3
    assert tags.left_out == len(whole) - 3
    assert [value.documents for value in tags.values] == sorted(whole.values(), reverse=True)[:3]
