"""Puts the passages that spell out an acronym first, if the question asks what it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chatbot.answers import CERTAIN, SentenceReading
from chatbot.retrieval.acronyms import acronym_asked, asks_for_words, mentions, spells_out
from chatbot.retrieval.evidence import sentence_text
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Passage

# The passages among which one that spells out the acronym is looked for. If the question is what
# the thing is, a definition further up is better than the words alone.
_PASSAGES_FOR_WORDS: Final = 40
_PASSAGES_FOR_THING: Final = 4


def spelled_out_first(ranking: Ranking) -> Ranking:
    """The ranking with passages that spell out the acronym moved first, in their order.

    They get the score of the first passage. A sentence that spells it out counts as read and
    certain. Initials may agree by chance, so the confidence sees this only if the sentence, or its
    heading, has the acronym itself.
    """
    acronym = acronym_asked(ranking.query.text)
    if acronym is None or not len(ranking.candidates):
        return ranking
    wants_words = asks_for_words(ranking.query.text)
    first = _PASSAGES_FOR_WORDS if wants_words else _PASSAGES_FOR_THING
    found, log_odds = {}, {}
    for position, passage in enumerate(ranking.leading(first)):
        if sentences := _spelled_out(passage, acronym):
            found[position] = sentences
            if _has_acronym(passage, sentences, acronym):
                log_odds[position] = CERTAIN
    return ranking.answered_first(found, log_odds)


def _has_acronym(passage: Passage, numbers: Iterable[int], acronym: str) -> bool:
    """Whether any of these sentences, or the heading above them, has the acronym."""
    sentences = [sentence_text(passage, passage.sentences[number]) for number in numbers]
    return any(mentions(text, acronym) for text in (*passage.section[-1:], *sentences))


def _spelled_out(passage: Passage, acronym: str) -> dict[int, SentenceReading]:
    """The readings of sentences that spell out an acronym which the passage or a heading has."""
    if not mentions(" ".join([*passage.section, passage.text]), acronym):
        return {}
    sentences = [sentence_text(passage, span) for span in passage.sentences]
    return {
        number: SentenceReading(CERTAIN, 0, len(sentence))
        for number, sentence in enumerate(sentences)
        if spells_out(sentence, acronym)
    }
