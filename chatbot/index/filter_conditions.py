"""Filters as SQL conditions."""

from __future__ import annotations

import json

from chatbot.index.facets import IN_FOLDERS
from chatbot.types import Filters


def conditions_of(filters: Filters) -> tuple[list[str], list[str]]:
    """The filters as SQL conditions and their values."""
    conditions: list[str] = ["1"]
    values: list[str] = []
    one_of = "IN (SELECT value FROM json_each(?))"  # SQLite limits the number of parameters
    for condition, choices in (
        (f"doc_id {one_of}", filters.document),
        (f"source {one_of}", filters.source),
        (f"language {one_of}", filters.language),
        (f"doc IN (SELECT doc FROM tags WHERE tag {one_of})", filters.tag),
        (IN_FOLDERS, filters.folder),
    ):
        if choices:
            conditions.append(condition)
            values.append(json.dumps(choices))
    if filters.date_from:
        # A document dated "2020" may be from any day of it, so only the bound's year is compared.
        conditions.append("date >= substr(?, 1, length(date))")
        values.append(filters.date_from)
    if filters.date_to:
        # The bound "2020" admits "2020-12-31", so only the date's year is compared.
        conditions.append("substr(date, 1, length(?)) <= ?")
        values += [filters.date_to] * 2
    return conditions, values
