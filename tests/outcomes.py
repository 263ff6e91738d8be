"""Outcomes and evaluations made by hand."""

from __future__ import annotations

from dataclasses import replace

from chatbot.answers import Answer, Citation, Why
from chatbot.evaluation.abstention import abstention
from chatbot.evaluation.comparison import Comparison
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.question_set import Judgment, Question
from chatbot.evaluation.result import Circumstances, Evaluation
from chatbot.types import Passage, Span
from tests.memory_index import written

_WHY = Why(
    dense_rank=1, lexical_rank=1, dense=0.5, lexical=0.5, evidence=0.5, document=0.5, together=1.0
)


def cited(passage: Passage, *, marker: int = 1, title: str = "Untitled") -> Citation:
    """A card of this passage with its first sentence highlighted."""
    span = passage.sentences[0]
    start = passage.span.start
    return Citation(
        marker=marker,
        doc_id=passage.doc_id,
        title=title,
        source=passage.doc_id,
        section=passage.section,
        pages=passage.pages or None,
        span=span,
        quote=passage.text[span.start - start : span.end - start],
        passage=passage,
        score=1 - marker / 10,
        why=_WHY,
        url="",
    )


def card(
    doc_id: str, text: str = "Some words.", *, start: int = 0, pages: tuple[int, ...] = ()
) -> Citation:
    """A card of a passage with this text at this offset of its document."""
    passage = written(doc_id, text)[1][0]
    sentences = [Span(span.start + start, span.end + start) for span in passage.sentences]
    span = Span(start, start + len(text))
    return cited(replace(passage, span=span, sentences=tuple(sentences), pages=pages))


def question_outcome(
    question_id: str,
    *cards: Citation,
    relevant: tuple[Judgment, ...] = (),
    answerable: bool = True,
    confidence: float = 0.5,
    abstained: bool = False,
    text: str = "Who?",
    milliseconds: float = 1.0,
) -> QuestionOutcome:
    """A question with these cards, which are also its ranking."""
    citations = tuple(
        replace(citation, marker=place) for place, citation in enumerate(cards, start=1)
    )
    answer = Answer(
        question=text,
        interpreted_question=text,
        abstained=abstained,
        verdict="none" if abstained else "possible",
        confidence=confidence,
        citations=() if abstained else citations,
        nearest=citations if abstained else (),
        build="20260101T000000-000000",
        searched_documents=9,
        timings={"total": milliseconds},
    )
    question = Question(question_id, text, relevant, answerable)
    ranking = {citation.doc_id: 1 - place / 10 for place, citation in enumerate(citations)}
    return QuestionOutcome(question, tuple(ranking.items()), answer)


def evaluation_of(*outcomes: QuestionOutcome, comparison: Comparison | None = None) -> Evaluation:
    """An evaluation of these outcomes with made-up figures."""
    circumstances = Circumstances(
        made="2026-01-02T03:04:05+00:00",
        build="20260101T000000-000000",
        corpus="docs",
        documents=1_234,
        passages=5_678,
        model="all-MiniLM-L6-v2",
        versions={"tantivy": "0.27"},
        settings={"depth": 100},
    )
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    return Evaluation(
        build=circumstances.build,
        circumstances=circumstances,
        answerable=len(answerable),
        unanswerable=len(outcomes) - len(answerable),
        measures={"RR": 0.75},
        right_sentence=0.5,
        right_place_first=None,
        right_place=None,
        abstained_on_answerable=1,
        abstained_on_unanswerable=1,
        abstention=abstention(outcomes),
        milliseconds={"p50": 1.0, "p95": 2.0, "p99": 3.0},
        comparison=comparison,
        titles={"a": "Title of a"},
        unknown_documents=(),
        unknown_places=(),
        outcomes=outcomes,
    )
