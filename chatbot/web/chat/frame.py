"""The frame around the conversation: heading, sidebar, question box, filters."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from chatbot.index.facets import Facet, Facets
from chatbot.index.opened_build import Build
from chatbot.settings import Settings
from chatbot.types import Filters
from chatbot.web.chat.answer_html import time_html
from chatbot.web.chat.example_questions import Example
from chatbot.web.html.page_texts import LANGUAGES, Words, words_in
from chatbot.web.html.waiting import waiting_html

MOST_VALUES: Final = 60


def frame_html(build: Build, words: Words) -> str:
    """The page without a conversation."""
    return (
        f'<a class="skip" href="#question">{escape(words("skip"))}</a>'
        f"{_sidebar(words)}"
        f'<main id="chat">{_top(build, words)}'
        f'<section id="welcome"><h2>{escape(words("welcome"))}</h2>'
        f'<p>{escape(words("welcome_more"))}</p><div id="examples"></div></section>'
        f'<div id="turns"></div>{_asking(words)}</main>'
        f"{_pane(words)}"
        '<div id="toast" role="status" aria-live="polite"></div>'
        '<div id="announce" class="unseen" aria-live="polite"></div>'
    )


def waiting_frame_html(settings: Settings, failure: Exception, words: Words) -> str:
    """The page while there is nothing to ask."""
    return (
        f'<main id="chat">{waiting_html(settings, failure, words, script=True)}</main>'
        f"{_languages(words)}"
        '<div id="toast" role="status" aria-live="polite"></div>'
    )


def standing_html(build: Build, words: Words) -> str:
    """How many documents answer, and since when."""
    return words.count("standing", build.manifest.documents, when=time_html(build.made))


def examples_html(found: Sequence[Example], words: Words) -> str:
    """Questions to begin with; nothing where none is sure of its answer."""
    if not found:
        return ""
    items = "".join(
        f'<li><button type="button" data-do="example" data-question="{escape(each.question)}">'
        f'<span dir="auto">{escape(each.question)}</span> '
        f"<small>{words('examples_from', title=f'<bdi>{escape(each.title)}</bdi>')}</small>"
        f"</button></li>"
        for each in found
    )
    return f"<h3>{escape(words('examples'))}</h3><ul>{items}</ul>"


def facets_html(found: Facets, filters: Filters, words: Words) -> str:
    """The filters as a form, each value with the number of documents it would admit."""
    left = words.count("narrow_left", found.documents)
    left = words("narrow_nothing") if found.documents == 0 else left
    groups = "".join(_facet(each, filters, words) for each in found.facets if _tells(each))
    dates = "".join(
        f'<label>{escape(words(f"narrow_{name}"))} <input type="text" name="{name}" '
        f'value="{escape(getattr(filters, name) or "")}" maxlength="10" size="10" '
        f'autocomplete="off" placeholder="2018-05"></label>'
        for name in ("date_from", "date_to")
    )
    return (
        f'<p class="left" role="status">{escape(left)}</p>{groups}'
        f'<fieldset class="dates"><legend>{escape(words("narrow_date"))}</legend>{dates}'
        f"<small>{escape(words('narrow_date_hint'))}</small></fieldset>"
        f'<button type="button" data-do="clear">{escape(words("narrow_clear"))}</button>'
    )


def _tells(facet: Facet) -> bool:
    """Whether a facet tells anything: sources may be files, each of one document."""
    return facet.name != "source" or any(each.documents > 1 for each in facet.values)


def _facet(facet: Facet, filters: Filters, words: Words) -> str:
    chosen = _year(filters) if facet.name == "year" else getattr(filters, facet.name)
    boxes = "".join(
        f'<li><label><input type="checkbox" name="{facet.name}" value="{escape(each.value)}"'
        f"{' checked' if each.value in chosen else ''}> "
        f"<bdi>{escape(each.label[:160])}</bdi> "
        f'<span class="count">{words.number(each.documents)}</span>'
        f"</label></li>"
        for each in facet.values
    )
    more = words("narrow_more", n=words.number(facet.left_out)) if facet.left_out else ""
    note = f"<small>{escape(more)}</small>" if more else ""
    is_open = " open" if chosen or facet.name == "tag" else ""
    return (
        f"<details{is_open}><summary>{escape(words(f'narrow_{facet.name}'))} "
        f'<span class="count">{words.number(len(facet.values) + facet.left_out)}</span></summary>'
        f"<ul>{boxes}</ul>{note}</details>"
    )


def _year(filters: Filters) -> tuple[str, ...]:
    """The year that the dates are narrowed to, if it is just one."""
    first, last = filters.date_from, filters.date_to
    return (first,) if first and first == last and len(first) == len("2018") else ()


def _top(build: Build, words: Words) -> str:
    return (
        f'<header id="top"><button type="button" id="menu" data-do="menu" aria-expanded="false" '
        f'aria-controls="sidebar" aria-label="{escape(words("menu"))}"></button>'
        f"<div><h1>{escape(words('title'))}</h1>"
        f'<p id="standing">{standing_html(build, words)}</p></div></header>'
    )


def _languages(words: Words) -> str:
    choices = "".join(
        f'<button type="button" data-do="language" data-language="{each}" lang="{each}" '
        f'aria-pressed="{"true" if each == words.language else "false"}">'
        f"{escape(words_in(each)('language'))}</button>"
        for each in LANGUAGES
    )
    return (
        f'<div class="languages" role="group" aria-label="{escape(words("language_switch"))}">'
        f"{choices}</div>"
    )


def _sidebar(words: Words) -> str:
    return (
        f'<aside id="sidebar" aria-label="{escape(words("conversations"))}">'
        f'<button type="button" id="new" data-do="new">{escape(words("conversation_new"))}</button>'
        f"<h2>{escape(words('conversations'))}</h2>"
        f'<ul id="conversations"></ul><p class="quiet">{escape(words("conversations_none"))}</p>'
        f'<nav><a href="/documents">{escape(words("documents"))}</a>'
        f'<a href="/coverage">{escape(words("coverage"))}</a></nav>'
        f"{_languages(words)}</aside>"
        f'<div id="shade" data-do="menu"></div>'
    )


def _asking(words: Words) -> str:
    return (
        f'<form id="asking"><div id="narrowing" hidden></div>'
        f'<div class="box">'
        f'<label class="unseen" for="question">{escape(words("ask_label"))}</label>'
        f'<textarea id="question" rows="1" dir="auto" aria-describedby="hint" '
        f'placeholder="{escape(words("ask_placeholder"))}"></textarea>'
        f'<button type="submit" id="ask">{escape(words("ask"))}</button></div>'
        f'<div class="below"><button type="button" id="narrow" data-do="narrow" '
        f'aria-expanded="false" aria-controls="narrowing">{escape(words("narrow"))}</button>'
        f'<span id="chips"></span><small id="hint">{escape(words("ask_hint"))}</small></div></form>'
    )


def _pane(words: Words) -> str:
    return (
        f'<aside id="pane" aria-label="{escape(words("source"))}" hidden><header>'
        f'<button type="button" data-do="pane-previous" aria-label="'
        f'{escape(words("source_previous"))}" title="{escape(words("source_previous"))}">↑</button>'
        f'<button type="button" data-do="pane-next" aria-label="{escape(words("source_next"))}" '
        f'title="{escape(words("source_next"))}">↓</button><span id="pane-place" dir="auto"></span>'
        f'<a id="pane-tab" target="_blank" rel="noopener">{escape(words("source_tab"))}</a>'
        f'<button type="button" data-do="pane-close">{escape(words("close"))}</button>'
        f'</header><div id="pane-frame"></div></aside>'
    )
