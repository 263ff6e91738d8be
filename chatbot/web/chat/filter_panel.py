"""The filters of the page: what may be chosen, what is chosen, and the chips that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from pydantic import TypeAdapter

from chatbot.errors import ChatbotError, UsageError
from chatbot.index.facets import Facet
from chatbot.index.opened_build import Build
from chatbot.retrieval.filters import as_filters
from chatbot.types import Filters
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render
from chatbot.web.problems import in_words

# The boxes of the panel, from top to bottom; a year stands for both dates.
GROUPS: Final = ("document", "folder", "tag", "year", "source", "language")
DATES: Final = ("date_from", "date_to")
_Ticked = list[str]
_Date = str | None
_BOXES: Final = TypeAdapter(
    tuple[_Ticked, _Ticked, _Ticked, _Ticked, _Ticked, _Ticked, _Date, _Date]
)
_NAMES: Final = (*(name for name in GROUPS if name != "year"), *DATES)
MOST_VALUES: Final = 60
# Each chip has the address without it, so the page grows with the square of the values.
_MOST_CHOSEN: Final = 100
_MOST_CHARACTERS: Final = 20_000
_LONGEST_LABEL: Final = 160

Chosen = Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one filter with their labels; none if there is nothing to choose."""

    title: str
    values: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A value that is chosen. Removing it leaves the filters `without` it."""

    kind: str
    label: str
    without: dict[str, str | list[str]]


def checked(chosen: Chosen) -> Chosen:
    """The filters themselves. Raises UsageError if they have more values than a person chooses."""
    values = [value for values in chosen.values() for value in _listed(values)]
    size = sum(map(len, values)) + sum(map(len, chosen))
    if len(values) > _MOST_CHOSEN or size > _MOST_CHARACTERS:
        raise UsageError(f"More than {_MOST_CHOSEN} filters are chosen. Choose fewer.")
    return chosen


def from_address(parameters: Mapping[str, Sequence[str]]) -> dict[str, str | list[str]]:
    """The filters that an address names."""
    found = {name: list(parameters[name]) for name in _NAMES if parameters.get(name)}
    return {name: values[0] if name in DATES else values for name, values in found.items()}


def address_of(chosen: Chosen) -> str:
    """The address of the page with these filters, from the server's root."""
    pairs = [(name, value) for name, values in chosen.items() for value in _listed(values)]
    return f"/?{urlencode(pairs, errors='replace')}" if pairs else "/"


def from_boxes(boxes: Sequence[Any], before: Chosen) -> dict[str, str | list[str]]:
    """The filters for the values of the panel's boxes, which are ordered as GROUPS, then DATES.

    A newly ticked year replaces the dates; unticking the only year clears them. Raises
    pydantic's ValidationError for what isn't the values of the boxes.
    """
    values: dict[str, Any] = dict(
        zip((*GROUPS, *DATES), _BOXES.validate_python(boxes), strict=True)
    )
    years, old = values.pop("year"), _year(before)
    dates = {name: (values.pop(name) or "").strip() for name in DATES}
    added = [year for year in years if year != old]
    if added or (old and not years):
        dates = dict.fromkeys(DATES, added[-1] if added else "")
    return {name: value for name, value in (values | dates).items() if value}


def groups(build: Build, filters: Filters, words: Words) -> tuple[list[Group], int]:
    """A group for each of GROUPS, and how many documents all filters together admit."""
    counts = build.catalog.facets(filters, most=MOST_VALUES)
    facets = {facet.name: facet for facet in counts.facets if _is_useful(facet)}
    return [_group(name, facets.get(name), filters, words) for name in GROUPS], counts.documents


def panel_html(documents: int, words: Words) -> Markup:
    """How many documents will be searched."""
    return render("chat/filters.html", documents=documents, problem="", words=words)


def problem_html(failure: ChatbotError, words: Words) -> Markup:
    """Why the filters can't be used."""
    return render("chat/filters.html", problem=in_words(failure, words), words=words)


def chips_html(build: Build, chosen: Chosen, words: Words) -> Markup:
    """A button for each value that is chosen, which removes it."""
    return render("chat/chips.html", chips=_chips(build, chosen, words), words=words)


def _chips(build: Build, chosen: Chosen, words: Words) -> list[Chip]:
    titles = _titles(build, _listed(chosen.get("document", [])))
    year = _year(chosen)
    chips = []
    for name in _NAMES:
        if year and name in DATES:
            continue
        values = _listed(chosen.get(name, []))
        for value in values:
            rest = [other for other in values if other != value]
            label = titles.get(value) or _label(name, value, words)
            chips.append(Chip(words(f"narrow_{name}"), label, _with(chosen, {name: rest})))
    if year:
        chips.append(Chip(words("narrow_year"), year, _with(chosen, dict.fromkeys(DATES, ""))))
    return chips


def _with(chosen: Chosen, changes: Chosen) -> dict[str, str | list[str]]:
    """The filters with these changes; an empty value is no filter."""
    return {name: values for name, values in {**chosen, **changes}.items() if values}


def _titles(build: Build, doc_ids: list[str]) -> dict[str, str]:
    if not doc_ids:
        return {}
    known = build.catalog.ids(as_filters({"document": doc_ids}))
    return {summary.doc_id: summary.title for summary in build.summaries(known)}


def _listed(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values


def _is_useful(facet: Facet) -> bool:
    """Whether a facet narrows anything: sources may be files of one document each."""
    return facet.name != "source" or any(value.documents > 1 for value in facet.values)


def _group(name: str, facet: Facet | None, filters: Filters, words: Words) -> Group:
    title = words(f"narrow_{name}")
    if facet is None:
        return Group(title, (), ())
    dates = {"date_from": filters.date_from or "", "date_to": filters.date_to or ""}
    year = _year(dates)
    chosen = ((year,) if year else ()) if name == "year" else getattr(filters, name)
    values = tuple(
        (
            f"{_label(name, value.label, words)[:_LONGEST_LABEL]} {words.number(value.documents)}",
            value.value,
        )
        for value in facet.values
    )
    note = words("narrow_more", n=words.number(facet.left_out)) if facet.left_out else ""
    total = words.number(len(facet.values) + facet.left_out)
    return Group(f"{title} {total}", values, tuple(chosen), note)


def _label(name: str, value: str, words: Words) -> str:
    """A value of a filter in the reader's language."""
    if name in DATES:
        return words.date(value)
    return words.language_name(value) if name == "language" else value


def _year(chosen: Chosen) -> str:
    """The year that both dates name, if there is one."""
    first, last = (str(chosen.get(name, "")) for name in DATES)
    return first if first == last and len(first) == len("2018") and first.isdecimal() else ""
