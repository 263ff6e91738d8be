"""The filters that a catalogue offers, with the number of documents each value admits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple

from chatbot.index.catalog_rows import FetchRows
from chatbot.types import Filters

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
    """Every facet that narrows, and the number of documents that all filters admit.

    A facet narrows if it has more than one value, or one folder among documents outside it.
    """

    facets: tuple[Facet, ...]
    documents: int


# "0" comes after "/", so these are all paths that begin with the folder and a slash.
_BELOW: Final = "source > {0} || '/' AND source < {0} || '0'"
_FOLDER: Final = "trim(value, '/')"
IN_FOLDERS: Final = f"EXISTS (SELECT 1 FROM json_each(?) WHERE {_BELOW.format(_FOLDER)})"
# A path without what follows its last slash: the second argument has every other character.
_PARENT: Final = "rtrim(rtrim({0}, replace({0}, '/', '')), '/')"
_FOLDERS: Final = f"""(
WITH RECURSIVE above(folder) AS (
  SELECT DISTINCT {_PARENT.format("source")} FROM documents
  UNION SELECT {_PARENT.format("folder")} FROM above
) SELECT folder FROM above WHERE folder <> '') JOIN documents ON {_BELOW.format("folder")}"""
# For each filter: the SQL of its value, of its label, and of the tables of both.
_SOURCES: Final = {
    "document": ("doc_id", "title", "documents"),
    "folder": ("folder", "folder", _FOLDERS),
    "tag": ("tag", "tag", "documents JOIN tags USING (doc)"),
    "year": ("substr(date, 1, 4)", "substr(date, 1, 4)", "documents"),
    "source": ("source", "source", "documents"),
    "language": ("language", "language", "documents"),
}
# The values of a filter are alternatives, so a filter doesn't narrow its own facet.
_OWN: Final[dict[str, dict[str, Any]]] = {
    "document": {"document": ()},
    "folder": {"folder": ()},
    "tag": {"tag": ()},
    "year": {"date_from": None, "date_to": None},
    "source": {"source": ()},
    "language": {"language": ()},
}


def count_facets(
    fetch: FetchRows, conditions: Conditions, filters: Filters, *, most: int
) -> Facets:
    """The facets of a catalogue, with at most `most` values each."""
    clauses, values = conditions(filters)
    ((count,),) = fetch(f"SELECT count(*) FROM documents WHERE {' AND '.join(clauses)}", values)
    facets = (_facet(fetch, conditions, filters, name, most) for name in _SOURCES)
    return Facets(tuple(facet for facet in facets if _narrows(facet, count)), count)


def _narrows(facet: Facet, documents: int) -> bool:
    alone = facet.name == "folder" and any(each.documents < documents for each in facet.values)
    return len(facet.values) > 1 or alone


def _facet(
    fetch: FetchRows, conditions: Conditions, filters: Filters, name: str, most: int
) -> Facet:
    value, label, source = _SOURCES[name]
    clauses, values = conditions(replace(filters, **_OWN[name]))
    groups = (
        f"SELECT {value} AS value, min({label}) AS label, count(DISTINCT doc) AS documents "
        f"FROM {source} WHERE {' AND '.join(clauses)} AND {value} IS NOT NULL GROUP BY 1"
    )
    ((total,),) = fetch(f"SELECT count(*) FROM ({groups})", values)
    order = "value DESC" if name == "year" else "documents DESC, label, value"
    rows = fetch(f"{groups} ORDER BY {order} LIMIT {int(most)}", values)
    return Facet(name, tuple(FacetValue(*row) for row in rows), total - len(rows))
