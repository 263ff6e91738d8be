"""Reads the first candidates with the question, and reorders them by how well they answer.

Vectors and words show which passages are about the subject. The answer reader shows which of their
sentences answers the question. It is slower by orders of magnitude, so it reads only a few
passages, and of each only the sentences around the best-matching one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from chatbot.answers import LOWEST, SentenceReading
from chatbot.retrieval.asked_names import strangers
from chatbot.retrieval.evidence import passage_share, sentence_text
from chatbot.retrieval.open_points import asks_for_fact, is_open_point
from chatbot.retrieval.passage_index import Scores
from chatbot.retrieval.question_kinds import is_claim
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Passage

# A passage of at most this many tokens is read together with its heading. "Buddhist 9.3 %" says
# little without it; longer texts say themselves what they are about.
_SHORT: Final = 64
# None stands for a language that can't be detected.
_KNOWN_LANGUAGES: Final = ("en", None)
# Taken from the log-odds of a sentence which says that something isn't known.
_OPEN_POINT: Final = 8.0
# The reading of a window that has header rows only.
_UNREAD: Final = SentenceReading(LOWEST, 0, 0)


class WindowReader(Protocol):
    """The methods of the answer reader that are used here."""

    def token_counts(self, sentences: Sequence[str]) -> list[int]:
        """The length of each sentence in tokens."""
        ...

    def read(
        self, question: str, windows: Sequence[Sequence[str]], *, limit: int
    ) -> list[list[SentenceReading]]:
        """A reading of each sentence of each window."""
        ...


@dataclass(frozen=True, slots=True)
class Reading:
    """The reader, the number of passages and tokens that it reads, and the weight of its share."""

    reader: WindowReader
    passages: int
    tokens: int
    weight: float


def read_first(ranking: Ranking, question: str, reading: Reading) -> Ranking:
    """The ranking with the first passages read and reordered.

    The share is never negative: passages that were read stay before the rest. A header row is read
    with the others, and so is the heading of a short passage, but they answer nothing. A passage
    about something else than the question names isn't lifted, and one in another language than
    English isn't read. The reader was trained on questions, so it reorders no passages for a claim;
    it still chooses their sentences.
    """
    candidates = ranking.candidates
    first_rows = candidates.rows[: reading.passages].tolist()
    english = {
        position: passage
        for position, passage in enumerate(ranking.index.passages(first_rows))
        if passage.language in _KNOWN_LANGUAGES
    }
    if not english:
        return ranking
    positions, passages = [*english], [*english.values()]
    rows = [first_rows[position] for position in positions]
    ids = list(dict.fromkeys(passage.doc_id for passage in passages))
    owners = dict(zip(ids, ranking.index.summaries(ids), strict=True))
    scores = ranking.sentence_scores(english, owners)
    windows, headings = [], []
    for position, passage in english.items():
        sentences = [sentence_text(passage, span) for span in passage.sentences]
        counts = reading.reader.token_counts(sentences)
        first, last = window(counts, scores[position], reading.tokens)
        windows.append((first, sentences[first : last + 1]))
        headings.append(_heading(passage) if sum(counts) <= _SHORT else [])
    texts = [
        [*heading, *sentences] for heading, (_, sentences) in zip(headings, windows, strict=True)
    ]
    of_texts = reading.reader.read(question, texts, limit=reading.tokens)
    if asks_for_fact(question):
        of_texts = [*map(_without_open_points, texts, of_texts)]
    readings = [
        of_text[len(heading) :] for heading, of_text in zip(headings, of_texts, strict=True)
    ]
    by_row = {
        row: {
            number: sentence
            for number, sentence in enumerate(window_readings, start=first)
            if passage.sentences[number] not in passage.heads
        }
        or {first: _UNREAD}
        for row, passage, (first, _), window_readings in zip(
            rows, passages, windows, readings, strict=True
        )
    }
    column, score = candidates.reader.copy(), candidates.score.copy()
    best = np.array([_best(by_row[row]) for row in rows], np.float32)
    column[positions] = best
    if not is_claim(question):
        lifted = passage_share(best) * ~strangers(question, passages, owners)
        score[positions] += np.float32(reading.weight) * lifted
    scored = replace(candidates, reader=column, score=score)
    order = np.lexsort((candidates.rows, -score))
    return replace(ranking, candidates=scored.reordered(order), readings=by_row)


def _heading(passage: Passage) -> list[str]:
    """The heading above a passage, as a sentence; empty if it has none, or for rows of a table."""
    in_table = passage.heads or passage.lead
    return [] if in_table else [f"{heading}." for heading in passage.section[-1:]]


def _without_open_points(
    sentences: Sequence[str], readings: Sequence[SentenceReading]
) -> list[SentenceReading]:
    """The readings of sentences, lower where a sentence says that something isn't known."""
    return [
        replace(reading, score=reading.score - _OPEN_POINT) if is_open_point(sentence) else reading
        for sentence, reading in zip(sentences, readings, strict=True)
    ]


def _best(readings: Mapping[int, SentenceReading]) -> float:
    return max(reading.score for reading in readings.values())


def window(counts: Sequence[int], scores: Scores, budget: int) -> tuple[int, int]:
    """The first and last sentence of a window with at most `budget` tokens.

    It has the best sentence, even if that alone is longer. Of these windows, it is the one whose
    sentences match best together; the first one among equals.
    """
    best = int(np.argmax(scores))
    sizes = np.cumsum([0, *counts])
    values = np.cumsum([0.0, *np.maximum(scores, 0).tolist()])
    windows = [
        (first, last)
        for first in range(best + 1)
        for last in range(best, len(counts))
        if sizes[last + 1] - sizes[first] <= budget
    ]
    return max(
        windows, key=lambda ends: values[ends[1] + 1] - values[ends[0]], default=(best, best)
    )
