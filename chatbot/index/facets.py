"""The filters that a catalogue offers, with the number of documents each value admits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from chatbot.types import Filters

Query = Callable[[str, Sequence[Any]], list[Any]]
Conditions = Callable[[Filters], tuple[list[str], list[str]]]


class FacetValue(NamedTuple):
    """A value, its label, and the number of documents it admits with the other filters."""

    value: str
    label: str
    documents: int


class Facet(NamedTuple):
    """The values of one filter, most documents first; `left_out` counts the values not listed.

    Years are listed latest first.
    """

    name: str
    values: tuple[FacetValue, ...]
    left_out: int


class Facets(NamedTuple):
    """Every facet with more than one value, and the number of documents all filters admit."""

    facets: tuple[Facet, ...]
    documents: int


# For each filter: the SQL of its value, of its label, and of the tables of both.
_SOURCES: Final = {
    "document": ("doc_id", "title", "documents"),
    "tag": ("tag", "tag", "documents JOIN tags USING (doc)"),
    "year": ("substr(date, 1, 4)", "substr(date, 1, 4)", "documents"),
    "source": ("source", "source", "documents"),
    "language": ("language", "language", "documents"),
}
# The values of a filter are alternatives, so its own choice doesn't narrow its facet.
_OWN: Final[dict[str, dict[str, Any]]] = {
    "document": {"document": ()},
    "tag": {"tag": ()},
    "year": {"date_from": None, "date_to": None},
    "source": {"source": ()},
    "language": {"language": ()},
}


def count_facets(query: Query, conditions: Conditions, filters: Filters, *, most: int) -> Facets:
    """The facets of a catalogue, with at most `most` values each."""
    where, values = conditions(filters)
    ((admitted,),) = query(f"SELECT count(*) FROM documents WHERE {' AND '.join(where)}", values)
    facets = (_facet(query, conditions, filters, name, most) for name in _SOURCES)
    return Facets(tuple(facet for facet in facets if len(facet.values) > 1), admitted)


def _facet(query: Query, conditions: Conditions, filters: Filters, name: str, most: int) -> Facet:
    value, label, source = _SOURCES[name]
    where, values = conditions(replace(filters, **_OWN[name]))
    grouped = (
        f"SELECT {value} AS value, min({label}) AS label, count(DISTINCT doc) AS documents "
        f"FROM {source} WHERE {' AND '.join(where)} AND {value} IS NOT NULL GROUP BY 1"
    )
    ((distinct,),) = query(f"SELECT count(*) FROM ({grouped})", values)
    order = "value DESC" if name == "year" else "documents DESC, label, value"
    listed = query(f"{grouped} ORDER BY {order} LIMIT {int(most)}", values)
    return Facet(name, tuple(FacetValue(*row) for row in listed), distinct - len(listed))
