"""The frame around the conversation: heading, sidebar, question box, filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from chatbot.index.facets import Facet, Facets, FacetValue
from chatbot.index.opened_build import Build
from chatbot.settings import Settings
from chatbot.types import Filters
from chatbot.web.chat.example_questions import Example
from chatbot.web.html.page_texts import LANGUAGES, Words, words_in
from chatbot.web.html.templates import render
from chatbot.web.html.waiting import waiting_notice

MOST_VALUES: Final = 60


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """The values of one filter; `left_out` counts those that aren't listed."""

    name: str
    values: Sequence[FacetValue]
    left_out: int
    chosen: Sequence[str]

    @property
    def is_open(self) -> bool:
        """Whether the group is unfolded at first."""
        return bool(self.chosen) or self.name == "tag"


def frame_html(build: Build, words: Words) -> Markup:
    """The page around a conversation, which the script fills in."""
    standing = standing_html(build, words)
    return render("chat/frame.html", standing=standing, languages=_languages(), words=words)


def waiting_frame_html(settings: Settings, failure: Exception, words: Words) -> Markup:
    """The page while there's no usable index."""
    notice = waiting_notice(settings, failure)
    return render("chat/waiting_frame.html", notice=notice, languages=_languages(), words=words)


def standing_html(build: Build, words: Words) -> Markup:
    """How many documents the answers come from, and how old the build is."""
    documents = build.manifest.documents
    return render("chat/standing.html", documents=documents, made=build.made, words=words)


def examples_html(examples: Sequence[Example], words: Words) -> Markup:
    """Example questions as buttons; empty without examples."""
    return render("chat/examples.html", examples=examples, words=words)


def filters_html(facets: Facets, filters: Filters, words: Words) -> Markup:
    """The filters as a form, each value with the number of documents it would admit."""
    return render(
        "chat/filters.html",
        documents=facets.documents,
        facets=[_group(facet, filters) for facet in facets.facets if _is_useful(facet)],
        dates=[(name, getattr(filters, name) or "") for name in ("date_from", "date_to")],
        words=words,
    )


def _is_useful(facet: Facet) -> bool:
    """Whether a facet narrows anything: sources may be files of one document each."""
    return facet.name != "source" or any(value.documents > 1 for value in facet.values)


def _group(facet: Facet, filters: Filters) -> FilterGroup:
    chosen = _year(filters) if facet.name == "year" else getattr(filters, facet.name)
    return FilterGroup(facet.name, facet.values, facet.left_out, chosen)


def _year(filters: Filters) -> tuple[str, ...]:
    """The year that both dates name, if there is one."""
    first, last = filters.date_from, filters.date_to
    return (first,) if first and first == last and len(first) == len("2018") else ()


def _languages() -> list[Words]:
    return [words_in(language) for language in LANGUAGES]
