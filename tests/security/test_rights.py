"""People get the answers of an index that has only what they may see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.building import letters_registered
from tests.closed_documents import Case, Corpus, check, random_case


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    """Ten documents, of which three name groups themselves."""
    with letters_registered():
        corpus = Corpus(tmp_path_factory.mktemp("closed"))
        yield corpus
        corpus.close()


@given(st.randoms(use_true_random=False).map(random_case))
@effort(max_examples=30, deadline=None)
def test_an_answer_equals_that_of_an_index_without_the_rest(corpus: Corpus, case: Case) -> None:
    """So do passages, documents, facets, hints, counts and corrections, whatever the rules.

    `python -m tests.benchmarks.rights` checks 2,000 cases.
    """
    check(corpus, case)
