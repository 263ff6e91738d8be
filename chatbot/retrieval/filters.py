"""Checks filters from people and programs and turns them into `Filters`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from chatbot.errors import UsageError
from chatbot.types import Filters

_DATE = re.compile("[0-9]{4}(-[0-9]{2}){0,2}")
_MOST_VALUES = 1_000
_LONGEST_VALUE = 4_000


def as_filters(filters: Filters | Mapping[str, Any] | None) -> Filters:
    """Filters from a mapping such as `{"tag": "arms", "date_from": "2018"}`.

    Raises UsageError for an unknown condition and for an invalid date.
    """
    if isinstance(filters, Filters):
        return filters
    names = Filters.__dataclass_fields__
    values: dict[str, Any] = {}
    for name, value in (filters or {}).items():
        if name not in names:
            raise UsageError(
                f"There is no filter {name!r}. Choose from: {', '.join(names)}.",
                code="filter_unknown",
                name=name,
            )
        if name.startswith("date_"):
            values[name] = _date(name, str(value))
        else:
            values[name] = _values(name, [value] if isinstance(value, str) else value)
    return Filters(**values)


def _values(name: str, values: Collection[str]) -> tuple[str, ...]:
    if len(values) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for value in values):
        raise UsageError(
            f"The filter {name} has more than {_MOST_VALUES:,} values, or one of more than "
            f"{_LONGEST_VALUE:,} characters. Choose fewer or shorter ones."
        )
    return tuple(map(_storable, values))


def _date(name: str, text: str) -> str:
    # Dates compare as text, so any other text would silently admit everything or nothing.
    if not _is_date(text):
        raise UsageError(
            f"{name} can't be {text!r}. Write 2018, 2018-05 or 2018-05-31.",
            code="date_unknown",
            value=text,
        )
    return text


def _is_date(text: str) -> bool:
    """Whether this is a year, a month or a day of the calendar."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


def _storable(value: str) -> str:
    """A value as file names are stored: undecodable bytes become backslash escapes."""
    return value.encode("utf-8", "backslashreplace").decode()
