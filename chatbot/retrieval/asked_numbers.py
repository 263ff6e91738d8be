"""The numbers that a question names, such as "in 1995", and whether a passage states them.

Vectors hardly tell one year from another, and a passage about another year reads as if it
answered.
"""

from __future__ import annotations

import re
from typing import Final

from chatbot.answers import Citation
from chatbot.retrieval.asked_range import asked_range
from chatbot.retrieval.question_kinds import answer_kind

# Not a part of a name, such as "Su-35" or "4th".
_NUMBER: Final = re.compile(r"(?<![\w.,/-])\d+(?:[.,]\d+)*(?:/\d+)?(?![A-Za-z\d-]|[.,/]\d)")
_GROUPED: Final = re.compile(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(?!\d))")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_WORDS: Final = dict(
    enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
)


def lacking_numbers(question: str, citation: Citation) -> list[str]:
    """The numbers of a question that the cited passage doesn't state.

    Its title, headings, header rows, date and file name count as well. A question for a range of
    years or numbers names none, and a yes-or-no question may be answered with another number.
    """
    if asked_range(question) or answer_kind(question) == "yes or no":
        return []
    asked = dict.fromkeys(_NUMBER.findall(_ungrouped(question)))
    if not asked:
        return []
    passage = citation.passage
    leads = [lead.text for lead in passage.lead]
    date = citation.metadata.date or ""
    text = " ".join([citation.title, citation.source, date, *passage.section, *leads, passage.text])
    text = _ungrouped(text)
    return [number for number in asked if not _states(text, number)]


def _ungrouped(text: str) -> str:
    """The text with "1,200" written as "1200"."""
    return _GROUPED.sub("", text)


def _states(text: str, number: str) -> bool:
    """Whether a text has a number: also as a word, or a year as the end of "2014/15"."""
    forms = [rf"(?<!\d)(?<!\d[.,]){re.escape(number)}(?!\d|[.,]\d)"]
    if number.isdigit() and int(number) in _WORDS:
        forms.append(rf"\b{_WORDS[int(number)]}\b")
    if _YEAR.fullmatch(number):
        forms.append(rf"(?<!\d){number[:2]}\d\d[-–/]{number[2:]}(?!\d)")
    return any(re.search(form, text, re.IGNORECASE) for form in forms)
