"""Answers as HTML. Every word that comes from a document or a person is escaped here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from chatbot.errors import ChatbotError
from chatbot.types import Answer, Citation, Passage, Span, Verdict

CONFIDENCE_WORDS: Final[dict[Verdict, str]] = {
    "strong": "Strong match",
    "possible": "Possible match",
    "none": "Not found",
}


def turn_html(question: str, reply: str) -> str:
    """One exchange of the conversation; `reply` is HTML made here."""
    return (
        f'<article class="turn"><h2 class="question" dir="auto">{escape(question)}</h2>'
        f"{reply}</article>"
    )


def answer_html(answer: Answer) -> str:
    """The best sentence, then a card for each document; or the statement that nothing fits."""
    if answer.abstained:
        return _not_found(answer)
    first = answer.citations[0]
    cards = "".join(_card(each) for each in answer.citations)
    return (
        f'<section class="answer" data-verdict="{answer.verdict}">{_understood(answer)}'
        f'<p class="confidence">{CONFIDENCE_WORDS[answer.verdict]}</p>'
        f'<blockquote class="best" dir="auto">{escape(first.quote)} '
        f'<a class="marker" href="{escape(first.url)}" target="_blank" rel="noopener">'
        f"[{first.marker}]</a></blockquote>"
        f'<p class="place">{_place(first)}</p>'
        f'<ol class="cards">{cards}</ol></section>'
    )


def problem_html(problem: ChatbotError) -> str:
    """What went wrong, in the sentence made for the person who sees it."""
    return f'<section class="answer problem"><p>{escape(str(problem))}</p></section>'


def _understood(answer: Answer) -> str:
    """How a follow-up question was understood."""
    if answer.interpreted_question == answer.question:
        return ""
    words = escape(answer.interpreted_question)
    return f'<p class="understood">Understood as: <bdi>{words}</bdi></p>'


def _not_found(answer: Answer) -> str:
    count = answer.searched_documents
    searched = f"{count:,} document{'' if count == 1 else 's'}"
    nearest = "".join(_card(each) for each in answer.nearest)
    folded = (
        f"<details><summary>The nearest passages, which probably do not answer it</summary>"
        f'<ol class="cards">{nearest}</ol></details>'
        if nearest
        else ""
    )
    return (
        f'<section class="answer" data-verdict="none">{_understood(answer)}'
        f'<p class="confidence">{CONFIDENCE_WORDS["none"]}</p>'
        f"<p>Not found in {searched}. Try other words, or ask for one thing at a time.</p>"
        f"{folded}</section>"
    )


def _card(citation: Citation) -> str:
    further = "".join(
        f'<li><p class="place">{_place(each)}</p>{_passage(each.passage, each)}</li>'
        for each in citation.further
    )
    more = (
        f'<details class="further"><summary>{len(citation.further)} more from this document'
        f"</summary><ul>{further}</ul></details>"
        if further
        else ""
    )
    return (
        f'<li class="card" data-doc="{escape(citation.doc_id)}">'
        f'<p class="place"><span class="marker">[{citation.marker}]</span> {_place(citation)}</p>'
        f"{_passage(citation.passage, citation)}{_also(citation.also_in)}{more}{_why(citation)}"
        f"</li>"
    )


def _place(citation: Citation) -> str:
    """The title, section and page, as a link that opens the source there."""
    steps = [citation.title, *citation.section]
    if citation.pages:
        pages = ", ".join(map(str, citation.pages))
        steps.append(f"page {pages}" if len(citation.pages) == 1 else f"pages {pages}")
    words = " › ".join(f"<bdi>{escape(step)}</bdi>" for step in steps)
    return (
        f'<a class="source" href="{escape(citation.url)}" target="_blank" rel="noopener">'
        f"{words}</a>"
    )


def _passage(passage: Passage, citation: Citation) -> str:
    return f'<p class="passage" dir="auto">{marked(passage, citation)}</p>'


def marked(passage: Passage, citation: Citation) -> str:
    """The passage with its evidence highlighted; unmarked where the quote does not verify."""
    if not citation.verified:
        return escape(passage.text)
    offset = passage.span.start
    return mark_span(passage.text, Span(citation.span.start - offset, citation.span.end - offset))


def mark_span(text: str, span: Span) -> str:
    """Escaped text with one span in a `mark`."""
    return (
        f"{escape(text[: span.start])}<mark>{escape(span.of(text))}</mark>"
        f"{escape(text[span.end :])}"
    )


def _also(doc_ids: Sequence[str]) -> str:
    if not doc_ids:
        return ""
    return (
        f'<p class="also">Also in {", ".join(f"<bdi>{escape(each)}</bdi>" for each in doc_ids)}</p>'
    )


def _why(citation: Citation) -> str:
    why = citation.why
    rows = (
        ("Meaning", why.dense_rank, f"cosine {why.dense:.3f}"),
        ("Words", why.lexical_rank, f"{why.lexical:.3f} of the best possible"),
        ("Best sentence", None, f"cosine {why.evidence:.3f}"),
        ("Document", None, f"cosine {why.document:.3f}"),
        ("Together", None, f"{citation.score:.3f}"),
    )
    lines = "".join(
        f"<tr><th>{name}</th><td>{f'rank {rank}' if rank else ''}</td><td>{value}</td></tr>"
        for name, rank, value in rows
    )
    return (
        f'<details class="why"><summary>Why this passage</summary><table>{lines}</table></details>'
    )
