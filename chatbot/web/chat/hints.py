"""Hints for a question without an answer: what the documents lack, and words that they have."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

from chatbot.answers import Citation
from chatbot.index.opened_build import Build
from chatbot.retrieval.asked_numbers import lacking_numbers
from chatbot.retrieval.other_writings import joined_compounds, split_word
from chatbot.text.function_words import is_function_word, words_of
from chatbot.text.scripts import cut_into_pairs

_MOST_WORDS: Final = 6
# Titles and headings name the subjects. The whole text would be slow and full of accidental hits.
_MOST_HEADINGS: Final = 20_000
# People in other groups see other titles and headings.
_CACHED_BUILDS: Final = 16
_SIMILARITY: Final = 0.8
_SHORTEST: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]{4,}")


class Hints(NamedTuple):
    """`unknown` words of a question are in no document.

    `near` has similar words that are, each with the question corrected by it. `lacking` has the
    numbers of the question that the closest passage doesn't state, though some document may.
    """

    unknown: tuple[str, ...] = ()
    near: tuple[tuple[str, str], ...] = ()
    lacking: tuple[str, ...] = ()


NO_HINTS: Final = Hints()


def hints(question: str, build: Build, nearest: Sequence[Citation] = ()) -> Hints:
    """Hints from the words of a question that aren't function words in any language."""
    text = question
    for compound in joined_compounds(question, build):
        text = text.replace(compound, " ")
    words = dict.fromkeys(word.casefold() for word in words_of(text))
    unknown = [word for word in words if not is_function_word(word) and not _known(word, build)]
    unknown = unknown[:_MOST_WORDS]
    near = []
    for word in unknown:
        close = (
            get_close_matches(word, _subjects(build), n=1, cutoff=_SIMILARITY)
            if len(word) >= _SHORTEST
            else []
        )
        near += [(match, text) for match in close if (text := _with(question, word, match))]
    lacking = lacking_numbers(question, nearest[0]) if nearest else []
    return Hints(
        tuple(unknown),
        tuple(near),
        tuple(number for number in lacking if number not in unknown),
    )


def _with(question: str, word: str, other: str) -> str:
    """The question with another word in the place of the first such word; empty without any.

    `word` is folded. That may make it longer: "ß" becomes "ss".
    """
    letters = [letter.casefold() for letter in question]
    folded = "".join(letters)
    around = f" {folded} "
    starts = [at for at in range(len(folded)) if folded.startswith(word, at)]
    # Scripts without spaces have no ends of words.
    whole = [
        at for at in starts if not (around[at].isalnum() or around[at + len(word) + 1].isalnum())
    ]
    ends = [*accumulate(map(len, letters))]
    for start in whole or starts:
        first, last = bisect_right(ends, start), bisect_left(ends, start + len(word))
        return question[:first] + other + question[last + 1 :]
    return ""


def _known(word: str, build: Build) -> bool:
    """Whether documents have the word; in a script without spaces, any pair of its characters."""
    terms = build.terms(word)
    held = build.document_frequencies(terms)
    known = any(held) if cut_into_pairs(word) else all(held)
    return not terms or known or bool(split_word(word, build))


@lru_cache(_CACHED_BUILDS)
def _subjects(build: Build) -> tuple[str, ...]:
    """The distinct words of titles and headings, sorted."""
    lines = [*build.catalog.titles(), *build.catalog.headings(_MOST_HEADINGS)]
    return tuple(sorted({word.casefold() for line in lines for word in _WORD.findall(line)}))
