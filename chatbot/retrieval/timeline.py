"""Several dated quotes for a question that asks for everything in a range of years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.answers import Answer
from chatbot.retrieval.asked_range import AskedRange
from chatbot.retrieval.evidence import sentence_text
from chatbot.retrieval.figures import StatedDate, dates
from chatbot.retrieval.folding import Shingles, same_text
from chatbot.retrieval.lists import asks_for_several, may_answer
from chatbot.retrieval.query import content_words
from chatbot.retrieval.ranking import Ranking
from chatbot.retrieval.several import PartResult, with_parts
from chatbot.types import Passage

_SEVERAL: Final = re.compile(
    r"\b(?:all|every|timeline|chronolog\w*|events?|happened|steps|liste\w*|alle|tous|toutes|все)\b",
    re.IGNORECASE,
)
# Words that say only that something happened or is named, and nothing about the subject.
_LIGHT: Final = frozenset(
    "took take taken place held hold occur occurred happen list name named mentioned".split()
)
_PASSAGES: Final = 16
_MOST_QUOTES: Final = 8
# The least share of the question's words in a sentence with its title and section, and alone.
_IN_CONTEXT: Final = 0.6
_BY_ITSELF: Final = 0.3


class _Quote(NamedTuple):
    """A sentence of the passage at a position, and its dates in the range, the earliest first."""

    position: int
    passage: Passage
    number: int
    text: str
    stated: list[StatedDate]

    @property
    def label(self) -> str:
        """The date as the sentence writes it; the first and the last year if there are several."""
        first, last = self.stated[0], self.stated[-1]
        if first.year == last.year:
            return first.span.of(self.text)
        return f"{first.year}–{last.year}"


def with_timeline(answer: Answer, ranking: Ranking, *, top_k: int) -> Answer:
    """The answer with a part for each dated quote in the range; unchanged if there's only one."""
    asked, text = ranking.query.asked_range, ranking.query.text
    if answer.abstained or asked is None or not asked.of_years:
        return answer
    if not (asks_for_several(text) or _SEVERAL.search(text)):
        return answer
    kept: list[_Quote] = []
    texts: list[Shingles] = []
    for quote in _dated(ranking, asked):
        shingles = Shingles(quote.text)
        if len(kept) < _MOST_QUOTES and not any(same_text(other, shingles) for other in texts):
            kept.append(quote)
            texts.append(shingles)
    if len(kept) < 2:
        return answer
    kept.sort(key=lambda quote: (quote.stated[0].year, quote.stated[-1].last_year, quote.position))
    results = [
        PartResult(
            answer.interpreted_question,
            ranking.cite(quote.position, quote.passage, quote.number),
            answer.confidence,
            answer.verdict,
        )
        for quote in kept
    ]
    return with_parts(answer, [quote.label for quote in kept], results, top_k=top_k)


def _dated(ranking: Ranking, asked: AskedRange) -> Iterator[_Quote]:
    """The sentences with a date in the range that have the question's words, best passage first."""
    index = ranking.index
    wanted = {
        term
        for word in content_words(ranking.query.text)
        if not word.isdecimal() and word not in _LIGHT and not _SEVERAL.fullmatch(word)
        for term in index.terms(word)
    }
    for position, passage in ranking.passages():
        if position >= _PASSAGES:
            break
        (owner,) = index.summaries([passage.doc_id])
        context = {*index.terms(" ".join([owner.title, *passage.section]))}
        for number, span in enumerate(passage.sentences):
            sentence = sentence_text(passage, span)
            stated = [date for date in dates(sentence) if asked.first <= date.year <= asked.last]
            if not stated or not may_answer(passage, number):
                continue
            own = wanted & {*index.terms(sentence)}
            if len(own) >= _BY_ITSELF * len(wanted) and len(own | (wanted & context)) >= (
                _IN_CONTEXT * len(wanted)
            ):
                stated.sort(key=lambda date: date.year)
                yield _Quote(position, passage, number, sentence, stated)
