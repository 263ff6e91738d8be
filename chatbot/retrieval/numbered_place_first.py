"""Puts a place first if the question names it by its number, such as clause 4.2."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, NamedTuple

from chatbot.answers import CERTAIN, LOWEST, SentenceReading
from chatbot.retrieval.evidence import sentence_text
from chatbot.retrieval.figures import SCALES
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Passage

_LABELS: Final = (
    "clause section sub-clause subsection article art. paragraph para chapter rule regulation "
    "annex appendix schedule part point item § klausel abschnitt artikel absatz kapitel anhang "
    "anlage teil статья статье статьи пункт пункте пункта раздел разделе раздела глава главе "
    "главы приложение приложении alinéa chapitre annexe partie"
).split()
# A text often has these without their label: "4. The seller pays."
_PARAGRAPHS: Final = frozenset(
    "clause paragraph para rule point item § absatz пункт пункте".split()
)
_LABEL: Final = "|".join(map(re.escape, sorted(dict.fromkeys(_LABELS), key=len, reverse=True)))
_NUMBER: Final = r"\d+(?:\.\d+)*|[IVXLC]+"
_ASKED: Final = re.compile(
    rf"(?<!\w)(?P<label>(?i:{_LABEL}))\s*(?P<number>{_NUMBER})(?![\w%]|\.\d)"
    rf"|第\s*(?P<article>\d+)\s*[条條章节節款]"
)
# "4.2 The seller pays." and "4.2: …" begin a place; "4.2 million people" and "4.2 | 5.1" don't.
_BEGINS: Final = r"[\"“„«(]?(?![a-zß-öø-ÿа-яё])[^\W\d_]|[-–—]"
_MEASURES: Final = (
    rf"\s*(?:\||[%°$€£¥]|(?:{'|'.join(SCALES)}|million\w*|milliard\w*|миллион\w*|миллиард\w*"
    r"|mio|mrd|mln|bn|per ?cent|prozent|euros?|dollars?|usd|eur|gbp)\b"
    r"|(?-i:[kMGT](?:W|Wh|Hz|B|V|eV|T)|Hz|Wh)\b)"
)
# The passages among which the place is looked for.
_PASSAGES: Final = 40
# What the confidence sees if there are several such places, as log-odds.
_AMBIGUOUS: Final = 4.0
_UNREAD: Final = SentenceReading(LOWEST, 0, 0, share=0.0)


class NumberedPlace(NamedTuple):
    """A place that a question names; its label may differ: "4.2", "Clause 4.2", "Section 4.2".

    Items of lists are numbered, too. So a sentence without a label counts if the number has several
    levels, or if the question asks for a paragraph. An amount begins no place.
    """

    sentence: re.Pattern[str]
    heading: re.Pattern[str]


def numbered_place_asked(question: str) -> NumberedPlace | None:
    """The place that a question names by its number; None if it names none."""
    match = _ASKED.search(question)
    if not match:
        return None
    number = re.escape(match["number"] or match["article"])
    labelled = rf"(?:(?i:{_LABEL})\s*{number}(?!\w|\.\d)|第\s*{number}\s*[条條章节節款])"
    unlabelled = rf"{number}[.):：]+(?=\s)"
    if "." in number:
        unlabelled += rf"|{number}(?!(?i:{_MEASURES}))\s+(?:{_BEGINS})"
    counts = "." in number or (match["label"] or "").lower() in _PARAGRAPHS
    return NumberedPlace(
        re.compile(rf"{labelled}|{unlabelled}" if counts else labelled),
        re.compile(rf"{labelled}|{number}(?!\w|\.\d|(?i:{_MEASURES}))"),
    )


def numbered_place_first(ranking: Ranking) -> Ranking:
    """The ranking with the passages that have the place moved first, in their order.

    They get the score of the first passage. The sentence with which the place begins counts as read
    and certain: that is a sentence with the number, or the first one under a heading with it. If
    there are several such places, the confidence is lower.
    """
    place = numbered_place_asked(ranking.query.text)
    if place is None or not len(ranking.candidates):
        return ranking
    found, places = {}, set()
    for position, passage in enumerate(ranking.leading(_PASSAGES)):
        if beginning := _beginning(passage, place):
            number, where = beginning
            read = ranking.readings.get(int(ranking.candidates.rows[position]), {})
            found[position] = {number: replace(read.get(number, _UNREAD), score=CERTAIN)}
            places.add((passage.doc_id, where))
    sure = CERTAIN if len(places) == 1 else _AMBIGUOUS
    return ranking.answered_first(found, dict.fromkeys(found, sure))


def _beginning(passage: Passage, place: NumberedPlace) -> tuple[int, object] | None:
    """The sentence with which the place begins, and its span, or the section that it heads."""
    for number, span in enumerate(passage.sentences):
        if place.sentence.match(sentence_text(passage, span)):
            return number, span
    if passage.section and place.heading.match(passage.section[-1]):
        return 0, passage.section
    return None
