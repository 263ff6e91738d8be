"""Filters as people and programs give them, checked, as conditions on documents."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from chatbot.errors import UsageError
from chatbot.types import Filters

_DATE = re.compile("[0-9]{4}(-[0-9]{2}){0,2}")


def as_filters(wanted: Filters | Mapping[str, Any] | None) -> Filters:
    """Filters from a mapping such as `{"tag": "arms", "date_from": "2018"}`.

    Raises UsageError for a condition that there is not, and for a date that is none.
    """
    if isinstance(wanted, Filters):
        return wanted
    known = Filters.__dataclass_fields__
    values: dict[str, Any] = {}
    for name, value in (wanted or {}).items():
        if name not in known:
            raise UsageError(
                f"There is no filter {name!r}. Choose from: {', '.join(known)}.",
                code="filter_unknown",
                name=name,
            )
        if name.startswith("date_"):
            values[name] = _date(name, str(value))
        else:
            values[name] = tuple(map(_storable, [value] if isinstance(value, str) else value))
    return Filters(**values)


def _date(name: str, text: str) -> str:
    # Dates compare as text, so any other text would quietly admit all or nothing.
    if not _is_date(text):
        raise UsageError(
            f"{name} can't be {text!r}. Write 2018, 2018-05 or 2018-05-31.",
            code="date_unknown",
            value=text,
        )
    return text


def _is_date(text: str) -> bool:
    """Whether this is a year, a month or a day that the calendar has."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


def _storable(value: str) -> str:
    """A value in the form that file names are stored in, which not every name has of itself."""
    return value.encode("utf-8", "backslashreplace").decode()
