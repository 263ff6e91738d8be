"""Matches citations with the places in documents that judgments name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from chatbot.answers import Citation
from chatbot.evaluation.question_set import Judgment, Question
from chatbot.text.clean import fold, one_line
from chatbot.types import Document, Span


def names_place(judgment: Judgment) -> bool:
    """Whether the judgment names a place in its document."""
    return bool(judgment.quote or judgment.span or judgment.page)


def covers(citation: Citation, judgment: Judgment) -> bool:
    """Whether a citation's passage shows the place that a judgment names.

    Every condition must hold. Quote: the passage contains it or is part of it. Span: passage and
    span share at least half of the shorter one, because people don't mark whole sentences. Page:
    the passage is at least partly on it.
    """
    passage = citation.passage
    if passage.doc_id != judgment.doc_id or not names_place(judgment):
        return False
    return (
        (judgment.quote is None or _matches(passage.text, judgment.quote))
        and (judgment.span is None or _overlap(passage.span, judgment.span))
        and (judgment.page is None or judgment.page in passage.pages)
    )


def place_text(judgment: Judgment) -> str:
    """The place that a judgment names, in words; empty if it names none."""
    steps = []
    if judgment.page:
        steps.append(f"page {judgment.page}")
    if judgment.span:
        steps.append(f"characters {judgment.span.start}-{judgment.span.end}")
    if judgment.quote:
        steps.append(f"“{one_line(judgment.quote)}”")
    return ", ".join(steps)


def unknown_places(
    questions: Sequence[Question], find: Callable[[str], Document | None]
) -> Iterator[tuple[str, str, str]]:
    """The judged places that are not in the indexed document, as (question, document, place).

    They are in the order of the documents. Documents that `find` doesn't return are skipped.
    """
    placed = [
        (judgment.doc_id, question.question_id, judgment)
        for question in questions
        for judgment in question.relevant
        if names_place(judgment)
    ]
    for doc_id, judgments in groupby(sorted(placed, key=itemgetter(0)), key=itemgetter(0)):
        document = find(doc_id)
        for _, question_id, judgment in judgments:
            if document and not _exists(judgment, document):
                yield question_id, doc_id, place_text(judgment)


def _exists(judgment: Judgment, document: Document) -> bool:
    return (
        (judgment.quote is None or fold(judgment.quote) in fold(document.text))
        and (judgment.span is None or judgment.span.end <= len(document.text))
        and (judgment.page is None or judgment.page <= len(document.pages))
    )


def _matches(text: str, quote: str) -> bool:
    folded_text, folded_quote = fold(text), fold(quote)
    return bool(folded_text) and (folded_quote in folded_text or folded_text in folded_quote)


def _overlap(first: Span, second: Span) -> bool:
    shared = min(first.end, second.end) - max(first.start, second.start)
    return 2 * shared >= min(first.end - first.start, second.end - second.start)
