"""Answers made by hand, and their HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from chatbot.answers import Answer, Citation, Verdict, Why
from chatbot.types import Metadata, Passage, Span
from chatbot.web.chat.answer_html import Presentation, answer_html
from chatbot.web.html.highlights import Excerpt, marked, shown_passage
from chatbot.web.html.page_texts import words_in
from chatbot.web.html.templates import _ENVIRONMENT


def cited(text: str, *, marker: int = 1, **other: Any) -> Citation:
    """A citation with this text in every field; its passage has the text twice."""
    passage = Passage(
        passage_id=f"{text}#0",
        doc_id=text,
        ordinal=0,
        text=f"{text} {text}",
        span=Span(10, 10 + 2 * len(text) + 1),
        section=(text, text),
        sentences=(),
    )
    return replace(
        Citation(
            marker=marker,
            doc_id=text,
            title=text,
            source=text,
            section=(text,),
            pages=(3, 4),
            span=Span(10, 10 + len(text)),
            quote=text,
            passage=passage,
            score=0.5,
            why=Why(
                dense_rank=1,
                lexical_rank=None,
                dense=0.25,
                lexical=0.5,
                evidence=0.75,
                document=1.0,
                together=2.5,
            ),
            url="/source/x?span=1-2&build=b#evidence",
            metadata=Metadata(author=text, date=text, tags=(text,), extra={text: text}),
            also_in=(text, text),
        ),
        **other,
    )


def answered(verdict: Verdict, *citations: Citation, **other: Any) -> Answer:
    """An answer with these citations."""
    none = verdict == "none"
    return replace(
        Answer(
            question="asked",
            interpreted_question="asked",
            abstained=none,
            verdict=verdict,
            confidence=0.5,
            citations=() if none else citations,
            nearest=citations if none else (),
            build="20260101T000000-000000",
            searched_documents=1_234,
        ),
        **other,
    )


def letters(word: str) -> list[str]:
    """A word's only term is the word in lower case."""
    return [word.casefold()]


def shown(answer: Answer, language: str = "en", **other: Any) -> str:
    """The answer as HTML."""
    presentation = Presentation(words=words_in(language), terms=letters, indexed=1_234)
    return answer_html(answer, replace(presentation, **other))


def passage_html(part: Excerpt, heads: Sequence[Span] = (), lead: Sequence[str] = ()) -> str:
    """A passage as a card draws it, with its header rows and those before it."""
    return _macro("shared/passage.html", "passage", shown_passage(part, heads, lead))


def marked_html(part: Excerpt) -> str:
    """The text of an excerpt with its highlights."""
    return _macro("shared/marked.html", "marked", marked(part, Span(0, len(part.text))))


def _macro(template: str, name: str, value: object) -> str:
    html = getattr(_ENVIRONMENT.get_template(template).module, name)(value, words_in("en"))
    assert isinstance(html, Markup)
    return html
