"""What a catalogue can be narrowed by, and how many documents each choice would admit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from chatbot.types import Filters

Rows = Callable[[str, Sequence[Any]], list[Any]]
Conditions = Callable[[Filters], tuple[list[str], list[str]]]


class FacetValue(NamedTuple):
    """A value, how it is called, and the documents that it admits with the other filters."""

    value: str
    label: str
    documents: int


class Facet(NamedTuple):
    """The values of one condition, those of most documents first; `left_out` are not listed.

    Years come in their own order, the latest first.
    """

    name: str
    values: tuple[FacetValue, ...]
    left_out: int


class Facets(NamedTuple):
    """Every facet with more than one value, and how many documents all filters together admit."""

    facets: tuple[Facet, ...]
    documents: int


# What each condition takes: a value, its label, and where both come from.
_SOURCES: Final = {
    "document": ("doc_id", "title", "documents"),
    "tag": ("tag", "tag", "documents JOIN tags USING (doc)"),
    "year": ("substr(date, 1, 4)", "substr(date, 1, 4)", "documents"),
    "source": ("source", "source", "documents"),
    "language": ("language", "language", "documents"),
}
# A condition's own choice does not narrow its own facet: its values are alternatives.
_OWN: Final[dict[str, dict[str, Any]]] = {
    "document": {"document": ()},
    "tag": {"tag": ()},
    "year": {"date_from": None, "date_to": None},
    "source": {"source": ()},
    "language": {"language": ()},
}


def count_facets(rows: Rows, conditions: Conditions, filters: Filters, *, most: int) -> Facets:
    """The facets of a catalogue, each with at most so many values."""
    where, values = conditions(filters)
    ((admitted,),) = rows(f"SELECT count(*) FROM documents WHERE {' AND '.join(where)}", values)
    found = (_facet(rows, conditions, filters, name, most) for name in _SOURCES)
    return Facets(tuple(each for each in found if len(each.values) > 1), admitted)


def _facet(rows: Rows, conditions: Conditions, filters: Filters, name: str, most: int) -> Facet:
    value, label, source = _SOURCES[name]
    where, values = conditions(replace(filters, **_OWN[name]))
    grouped = (
        f"SELECT {value} AS value, min({label}) AS label, count(DISTINCT doc) AS documents "
        f"FROM {source} WHERE {' AND '.join(where)} AND {value} IS NOT NULL GROUP BY 1"
    )
    ((different,),) = rows(f"SELECT count(*) FROM ({grouped})", values)
    order = "value DESC" if name == "year" else "documents DESC, label, value"
    listed = rows(f"{grouped} ORDER BY {order} LIMIT {int(most)}", values)
    return Facet(name, tuple(FacetValue(*each) for each in listed), different - len(listed))
