"""Puts the passages that spell out an acronym first, if the question asks what it means."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from chatbot.answers import SentenceReading
from chatbot.retrieval.acronyms import acronym_asked, asks_for_words, mentions, spells_out
from chatbot.retrieval.evidence import sentence_text
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Passage

# The passages among which one that spells out the acronym is looked for. If the question is what
# the thing is, a definition further up is better than the words alone.
_PASSAGES_FOR_WORDS: Final = 40
_PASSAGES_FOR_THING: Final = 4
# The log-odds of a sentence that certainly answers.
_CERTAIN: Final = 10.0


def spelled_out_first(ranking: Ranking) -> Ranking:
    """The ranking with passages that spell out the acronym moved first, in their order.

    They get the score of the first passage. A sentence that spells it out counts as read and
    certain, so it is the one that is quoted. Initials may agree by chance, so what the answer
    reader said of a passage, from which the confidence is computed, stays as it is.
    """
    acronym = acronym_asked(ranking.query.text)
    if acronym is None or not len(ranking.candidates):
        return ranking
    candidates, readings = ranking.candidates, dict(ranking.readings)
    wants_words = asks_for_words(ranking.query.text)
    rows = candidates.rows[: _PASSAGES_FOR_WORDS if wants_words else _PASSAGES_FOR_THING].tolist()
    others = np.ones(len(candidates), bool)
    for position, passage in enumerate(ranking.index.passages(rows)):
        sentences = _spelled_out(passage, acronym)
        if sentences:
            row = rows[position]
            readings[row] = {**readings.get(row, {}), **sentences}
            others[position] = False
    moved = candidates.reordered(np.argsort(others, kind="stable"))
    score = np.maximum.accumulate(moved.score[::-1])[::-1]
    return replace(ranking, candidates=replace(moved, score=score), readings=readings)


def _spelled_out(passage: Passage, acronym: str) -> dict[int, SentenceReading]:
    """The readings of the passage's sentences that spell out an acronym which it also has."""
    if not mentions(passage.text, acronym):
        return {}
    sentences = [sentence_text(passage, span) for span in passage.sentences]
    return {
        number: SentenceReading(_CERTAIN, 0, len(sentence))
        for number, sentence in enumerate(sentences)
        if spells_out(sentence, acronym)
    }
