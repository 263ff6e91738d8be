"""The numbers that a question names, such as "in 1995", and whether a passage states them.

Vectors hardly tell one year from another, and a passage about another year reads as if it
answered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from chatbot.answers import Citation
from chatbot.retrieval.asked_range import asked_range
from chatbot.retrieval.figures import A_MONTH, SMALL_NUMBERS, Figure, figures
from chatbot.retrieval.query import is_question_word
from chatbot.retrieval.question_kinds import answer_kind, is_claim

# Not a part of a name, such as "Su-35" or "4th".
_NUMBER: Final = re.compile(r"(?<![\w.,/-])\d+(?:[.,]\d+)*(?:/\d+)?(?![A-Za-z\d-]|[.,/]\d)")
_GROUPED: Final = re.compile(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(?!\d))")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_DECIMAL: Final = re.compile(r"\d+[.,]\d+")
_WORDS: Final = {number: word for word, number in SMALL_NUMBERS.items() if number <= 20}
_ROMAN: Final = dict(
    enumerate(
        "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX".split(), start=1
    )
)
_WORD_BEFORE: Final = re.compile(r"([^\W\d_]+)\.? $")
# The number only says how many things to list: "What are the 3 goals", "Name 5 reasons".
_HOW_MANY: Final = re.compile(
    r"(?:^(?:what|which|who) (?:are|were)(?: (?:the|its|their|his|her|our|your))?"
    r"|^(?:please )?(?:name|list|give|tell|show|mention|state|identify|describe|explain|outline"
    r"|summari[sz]e)(?: me| us)?(?: the| any| some| at least)?"
    r"|^(?:was|wer) sind die|^nennen?(?: sie)?(?: mir)?(?: die)?|^quel(?:le)?s sont les|\btop"
    r"|^cite[rz]?(?: les)?)(?: (?:first|last|top|main|key|major|best|biggest|largest|most \w+))?"
    rf" (?P<number>\d{{1,2}})(?= (?!{A_MONTH})[^\W\d_])",
    re.IGNORECASE,
)


def lacking_numbers(question: str, citation: Citation) -> list[str]:
    """The numbers of a question that the cited passage doesn't state.

    Its title, headings, header rows, date and file name count as well. A question for a range of
    years or numbers names none. A claim or a yes-or-no question may be answered with another
    number.
    """
    if asked_range(question) or is_claim(question) or answer_kind(question) == "yes or no":
        return []
    written = _ungrouped(question)
    question = _in_ascii(written)
    listed = _HOW_MANY.search(question)
    asked = {
        match[0]: match
        for match in _NUMBER.finditer(question)
        if not (listed and match.start() == listed.start("number"))
    }
    if not asked:
        return []
    passage = citation.passage
    leads = [lead.text for lead in passage.lead]
    date = citation.metadata.date or ""
    text = " ".join([citation.title, citation.source, date, *passage.section, *leads, passage.text])
    text = _in_ascii(_ungrouped(text))
    values = {figure.value for figure in figures(text)}
    stated = figures(question)
    return [
        written[match.start() : match.end()]
        for match in asked.values()
        if not (_states(text, match) or _value(stated, match) in values)
    ]


def _ungrouped(text: str) -> str:
    """The text with "1,200" written as "1200"."""
    return _GROUPED.sub("", text)


def _in_ascii(text: str) -> str:
    """The text with ASCII digits in the place of those of other scripts."""
    return re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), text)


def _value(stated: Sequence[Figure], number: re.Match[str]) -> float | None:
    """The value of a number with its scale ("1.5 million"), if it's one of the stated figures."""
    start = number.start()
    around = (figure for figure in stated if figure.span.start <= start < figure.span.end)
    return next((figure.value for figure in around), None)


def _states(text: str, asked: re.Match[str]) -> bool:
    """Whether a text has a number as a number, in words or in Roman numerals.

    A year may be the end of "2014/15". A Roman numeral counts only after the same word: "World War
    2" and "World War II".
    """
    number = asked[0]
    digits = re.escape(number)
    if _DECIMAL.fullmatch(number):
        digits = "[.,]".join(re.split("[.,]", number))
    forms = [rf"(?<!\d)(?<!\d[.,]){digits}(?!\d|[.,]\d)"]
    if number.isdigit() and int(number) in _WORDS:
        forms.append(rf"\b{_WORDS[int(number)]}\b")
        before = _WORD_BEFORE.search(asked.string[: asked.start()])
        if before and not is_question_word(before[1].casefold()):
            forms.append(rf"\b{before[1]}\.? {_ROMAN[int(number)]}\b")
    if _YEAR.fullmatch(number):
        forms.append(rf"(?<!\d){number[:2]}\d\d[-–/]{number[2:]}(?!\d)")
    return any(re.search(form, text, re.IGNORECASE) for form in forms)
