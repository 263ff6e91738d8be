"""Evidence as HTML: a card for each document. Every word of a document is escaped here."""

from __future__ import annotations

from html import escape
from typing import Final

from chatbot.clues import CLUES
from chatbot.types import Citation, Span
from chatbot.web.html.highlights import MOST_CHARACTERS, Terms, excerpt, passage_html
from chatbot.web.html.page_texts import Words

_LONGEST_STEP: Final = 160


def card_html(citation: Citation, question: str, *, words: Words, terms: Terms) -> str:
    """A document: its best passage, what else of it was found, and where it stands too."""
    further = "".join(
        f"<li>{_evidence(each, question, words, terms)}</li>" for each in citation.further
    )
    more = (
        f'<details class="further"><summary>{words.count("further", len(citation.further))}'
        f"</summary><ul>{further}</ul></details>"
        if further
        else ""
    )
    return (
        f'<li class="card" data-doc="{escape(citation.doc_id)}">'
        f"{_evidence(citation, question, words, terms)}{_also(citation, words)}{more}</li>"
    )


def place_html(citation: Citation, words: Words) -> str:
    """The title, section and page, as a link that opens the source there."""
    steps = " <span>›</span> ".join(
        f"<bdi>{escape(step)}</bdi>" for step in _steps(citation, words)
    )
    address = escape(citation.url)
    return f'<a class="source" href="{address}" target="_blank" rel="noopener">{steps}</a>'


def place_text(citation: Citation, words: Words) -> str:
    """The title, section, page and file as text."""
    return f"{' › '.join(_steps(citation, words))}; {citation.source}"


def _steps(citation: Citation, words: Words) -> list[str]:
    steps = [_short(step) for step in (citation.title, *citation.section)]
    if citation.pages:
        pages = ", ".join(map(str, citation.pages))
        steps.append(words("page_one" if len(citation.pages) == 1 else "page_other", pages=pages))
    return steps


def _cited(citation: Citation, words: Words) -> str:
    """The quote and where it stands, as a person would cite it."""
    quote = citation.quote[:MOST_CHARACTERS]
    quote += "…" if len(quote) < len(citation.quote) else ""
    return f"“{quote}” ({place_text(citation, words)})"


def _short(step: str) -> str:
    return step if len(step) <= _LONGEST_STEP else f"{step[:_LONGEST_STEP]}…"


def _evidence(citation: Citation, question: str, words: Words, terms: Terms) -> str:
    """One passage with its place, its highlights, what can be done with it and why it is here."""
    passage = citation.passage
    span = None
    if citation.verified:
        offset = passage.span.start
        span = Span(citation.span.start - offset, citation.span.end - offset)
    shown = excerpt(passage.text, span, question, terms)
    # The header of a table that goes on from an earlier passage is not here.
    continued = passage.lead is not None or not passage.text.startswith(shown.text)
    notes = [words("shortened")] if shown.cut else []
    notes += [] if citation.verified else [words("unverified")]
    told = "".join(f'<p class="note">{escape(note)}</p>' for note in notes)
    return (
        f'<article class="evidence" tabindex="-1" data-passage="{escape(passage.passage_id)}" '
        f'data-doc="{escape(citation.doc_id)}" data-span="{passage.span.start}-{passage.span.end}" '
        f'data-citation="{escape(_cited(citation, words))}">'
        f'<p class="place"><span class="marker">[{citation.marker}]</span> '
        f"{place_html(citation, words)}</p>"
        f"{passage_html(shown, continued=continued)}"
        f"{told}"
        f"{_actions(words)}{_why(citation, words)}</article>"
    )


def _actions(words: Words) -> str:
    buttons = "".join(
        f'<button type="button" data-do="{do}"{extra}>{escape(words(name))}</button>'
        for do, name, extra in (
            ("context", "context", ' aria-expanded="false"'),
            ("cite", "copy_citation", ""),
            ("link", "copy_source", ""),
        )
    )
    thumbs = "".join(
        f'<button type="button" class="thumb" data-do="{do}" aria-pressed="false" '
        f'aria-label="{escape(words(name))}" title="{escape(words(name))}"></button>'
        for do, name in (("up", "helpful"), ("down", "unhelpful"))
    )
    return f'<div class="actions">{buttons}<span class="thumbs">{thumbs}</span></div>'


def _also(citation: Citation, words: Words) -> str:
    if not citation.also_in:
        return ""
    names = ", ".join(f"<bdi>{escape(_short(each))}</bdi>" for each in citation.also_in)
    return f'<p class="also">{escape(words("also_in"))} {names}</p>'


def _why(citation: Citation, words: Words) -> str:
    why = citation.why
    rows = [
        (
            f"why_{clue.name}",
            getattr(why, f"{clue.name}_rank", None),
            words(f"why_{clue.unit}", value=f"{getattr(why, clue.name):.3f}"),
        )
        for clue in CLUES
    ]
    rows.append(("why_together", None, f"{why.together:.3f}"))
    head = "".join(
        f'<th scope="col">{escape(words(name))}</th>'
        for name in ("why_clue", "why_rank", "why_value")
    )
    lines = "".join(
        f'<tr><th scope="row">{escape(words(name))}</th><td>{rank or "–"}</td><td>{value}</td></tr>'
        for name, rank, value in rows
    )
    return (
        f'<details class="why"><summary>{escape(words("why"))}</summary>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></details>"
    )
