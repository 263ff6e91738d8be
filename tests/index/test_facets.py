"""Facets: how many documents each choice of a filter would admit."""

from __future__ import annotations

from collections import Counter

import pytest

from chatbot.assistant import Chatbot
from chatbot.index.facets import Facets
from chatbot.retrieval.filters import as_filters
from chatbot.types import Filters


def counts(found: Facets, name: str) -> dict[str, int]:
    """The values of a facet with their documents."""
    return {
        each.value: each.documents
        for facet in found.facets
        if facet.name == name
        for each in facet.values
    }


def test_facets_count_what_the_documents_say(demo: Chatbot) -> None:
    """Tags and documents, counted by hand from the list of documents."""
    found = demo.build.catalog.facets(Filters(), most=100)
    documents = demo.documents()
    assert found.documents == len(documents)
    assert counts(found, "tag") == Counter(tag for each in documents for tag in each.metadata.tags)
    assert counts(found, "document") == {each.doc_id: 1 for each in documents}


@pytest.mark.parametrize("tag", ["arms", "partnership", "nothing"])
def test_a_choice_admits_as_many_as_its_count_says(demo: Chatbot, tag: str) -> None:
    """Whatever is chosen besides; and a choice leaves its own facet as it was."""
    chosen = as_filters({"tag": tag})
    found = demo.build.catalog.facets(chosen, most=100)
    whole = demo.build.catalog.facets(Filters(), most=100)
    assert found.documents == len(demo.documents(chosen))
    assert counts(found, "tag") == counts(whole, "tag")
    for value, number in counts(found, "document").items():
        assert len(demo.documents({"tag": tag, "document": value})) == number


def test_no_more_values_are_listed_than_wanted(demo: Chatbot) -> None:
    """Those of most documents, and how many are left out."""
    (tags,) = (
        each for each in demo.build.catalog.facets(Filters(), most=3).facets if each.name == "tag"
    )
    whole = counts(demo.build.catalog.facets(Filters(), most=100), "tag")
    assert len(tags.values) == 3
    assert tags.left_out == len(whole) - 3
    assert [each.documents for each in tags.values] == sorted(whole.values(), reverse=True)[:3]
