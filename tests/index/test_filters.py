"""Filters admit exactly the documents that meet every condition."""

from __future__ import annotations

import calendar
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.index.catalog import Catalog
from chatbot.types import Document, Filters, Metadata
from tests.index.catalogs import entry, write

LANGUAGES = (None, "en", "zh")
TAGS: tuple[tuple[str, ...], ...] = ((), ("arms",), ("arms", "trade"))
DATES = (None, "2017", "2018", "2018-02", "2018-02-28", "2018-03-01", "2019-12")
DOCUMENTS = [
    entry(
        f"{language}{len(tags)}{day}",
        [("paragraph", "Some words.")],
        Metadata(language=language, tags=tags, date=day),
    )[0]
    for language in LANGUAGES
    for tags in TAGS
    for day in DATES
]
_BOUNDS = st.none() | st.sampled_from(
    ["2016", "2017-12-31", "2018", "2018-02", "2018-02-28", "2018-03", "2019-12-01", "2020"]
)
_FILTERS = st.builds(
    Filters,
    document=st.just(()) | st.lists(st.sampled_from([d.doc_id for d in DOCUMENTS])).map(tuple),
    source=st.just(()) | st.lists(st.sampled_from([d.source for d in DOCUMENTS])).map(tuple),
    language=st.lists(st.sampled_from(["en", "zh", "fr"]), max_size=2).map(tuple),
    tag=st.lists(st.sampled_from(["arms", "trade", "arm"]), max_size=2).map(tuple),
    date_from=_BOUNDS,
    date_to=_BOUNDS,
)


def days(written: str) -> tuple[date, date]:
    """The first and the last day that a date may mean."""
    parts = [int(part) for part in written.split("-")]
    year, month, day = (*parts, None, None)[:3]
    assert year
    last = calendar.monthrange(year, month or 12)[1]
    return date(year, month or 1, day or 1), date(year, month or 12, day or last)


def admits(filters: Filters, document: Document) -> bool:
    """Whether a document meets every condition; several values are alternatives."""
    meta = document.metadata
    if (
        (filters.document and document.doc_id not in filters.document)
        or (filters.source and document.source not in filters.source)
        or (filters.language and meta.language not in filters.language)
        or (filters.tag and not set(filters.tag) & set(meta.tags))
    ):
        return False
    if not (filters.date_from or filters.date_to):
        return True
    if meta.date is None:
        return False
    first, last = days(meta.date)
    return (not filters.date_from or days(filters.date_from)[0] <= last) and (
        not filters.date_to or first <= days(filters.date_to)[1]
    )


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dated") / "catalog.sqlite"
    write(path, [(document, ()) for document in DOCUMENTS])
    return path


@given(filters=_FILTERS)
@hypothesis(max_examples=300, deadline=None)
def test_filters_admit_what_meets_every_condition(dated: Path, filters: Filters) -> None:
    """A date stands for all of its days; the document's and the filter's must overlap."""
    expected = [n for n, document in enumerate(DOCUMENTS) if admits(filters, document)]
    with closing(Catalog(dated)) as catalog:
        assert catalog.matching(filters).tolist() == expected
        assert catalog.ids(filters) == [DOCUMENTS[n].doc_id for n in expected]
