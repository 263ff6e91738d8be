"""Whether what is shown is the very place in a document that a judgment names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from chatbot.evaluation.question_set import Judgment, Question
from chatbot.text.clean import fold, one_line
from chatbot.types import Citation, Document, Span


def names_place(judgment: Judgment) -> bool:
    """Whether the judgment says where in its document the answer stands."""
    return bool(judgment.quote or judgment.span or judgment.page)


def covers(citation: Citation, judgment: Judgment) -> bool:
    """Whether a citation's passage shows the place that a judgment names.

    All that is named must hold. A quote: the passage has its words, or is itself part of it. A
    span: the two share at least half of the shorter one, for people mark freely what programs
    cut by sentences. A page: the passage stands on it, wholly or in part.
    """
    passage = citation.passage
    if passage.doc_id != judgment.doc_id or not names_place(judgment):
        return False
    return (
        (judgment.quote is None or _says(passage.text, judgment.quote))
        and (judgment.span is None or _overlap(passage.span, judgment.span))
        and (judgment.page is None or judgment.page in passage.pages)
    )


def place_text(judgment: Judgment) -> str:
    """The place that a judgment names, in words; empty where it names none."""
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
    """Question, document and place of each that is judged and not in its document as indexed.

    In the order of the documents. Those that `find` does not have are passed over.
    """
    placed = [
        (judgment.doc_id, question.question_id, judgment)
        for question in questions
        for judgment in question.relevant
        if names_place(judgment)
    ]
    for doc_id, found in groupby(sorted(placed, key=itemgetter(0)), key=itemgetter(0)):
        document = find(doc_id)
        for _, question_id, judgment in found:
            if document and not _exists(judgment, document):
                yield question_id, doc_id, place_text(judgment)


def _exists(judgment: Judgment, document: Document) -> bool:
    return (
        (judgment.quote is None or fold(judgment.quote) in fold(document.text))
        and (judgment.span is None or judgment.span.end <= len(document.text))
        and (judgment.page is None or judgment.page <= len(document.pages))
    )


def _says(text: str, quote: str) -> bool:
    said, wanted = fold(text), fold(quote)
    return bool(said) and (wanted in said or said in wanted)


def _overlap(one: Span, other: Span) -> bool:
    shared = min(one.end, other.end) - max(one.start, other.start)
    return 2 * shared >= min(one.end - one.start, other.end - other.start)
