"""A follow-up question understood from the turns before it, without a language model.

A question leans on the conversation when it points to something that it doesn't name: "what
about the navy?", "is that proven?", "why?". Such a question is asked together with the naming
words of the turn before, which count less than its own: enough to find the subject, too little
to drown what is new. Any other question is asked as it stands, whatever was said before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chatbot.retrieval.passage_index import PassageIndex
from chatbot.retrieval.query import is_asking_word
from chatbot.text.bm25 import inverse_document_frequency
from chatbot.text.clean import one_line

# All of this is tuned, and checked for harm, by tests/benchmarks (followups.py).
_TURNS_BACK: Final = 2
# Words in more than one passage in three name nothing, and a question that names more than so
# many things stands by itself, even if it has a pronoun somewhere.
_NAMES_FROM_IDF: Final = 1.0
_MOST_NAMES: Final = 5

# "Its" after so many words that ask nothing belongs to one of them.
_SUBJECT_AND_VERB: Final = 2

# A word with what joins its parts, as it is to be read: "S-400", "isn't", "6.15".
_WORD: Final = re.compile(r"\w+(?:['’.-]\w+)*")
_OPENING: Final = re.compile(
    r"(and|but|so|or|also|then|no|not|yes|ok|okay|really|great|thanks|why|any|anything|more|like"
    r"|i (mean|meant)|(what|how) (about|else|if)|how (come|so)|(tell me|what) more|regarding"
    r"|speaking)\b",
    re.IGNORECASE,
)
_PRONOUNS: Final = frozenset(
    "it it's they they're them he he's she she's him this these those that's".split()
)
_POSSESSIVES: Final = frozenset("its their theirs his her hers".split())
_OF_MORE: Final = frozenset("other others another else instead such ones".split())
_AT_THE_END: Final = frozenset("there one that same so too".split())


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A question as it was understood: its own text, and the words carried from before."""

    text: str
    carried: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """One question that says all of it."""
        return f"{self.text} ({' '.join(self.carried)})" if self.carried else self.text


def interpret(text: str, history: Sequence[str], index: PassageIndex[Any]) -> Interpretation:
    """A checked question after the user's earlier turns, oldest first."""
    turns = [turn for turn in map(one_line, history[-_TURNS_BACK:]) if turn]
    if not turns or not _leans(text, index):
        return Interpretation(text)
    said = {*index.terms(text)}
    carried: list[str] = []
    for turn in reversed(turns):
        new = []
        for word in _WORD.findall(turn):
            terms = {*index.terms(word)}
            if not is_asking_word(word.casefold()) and terms - said:
                new.append(word)
                said |= terms
        carried[:0] = new
        if not _leans(turn, index):
            break
    return Interpretation(text, tuple(carried))


def _leans(text: str, index: PassageIndex[Any]) -> bool:
    """Whether a question points to something that it doesn't name."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    names = {word for word in words if _names(word, index)}
    return not names or (len(names) <= _MOST_NAMES and _points(text, words))


def _names(word: str, index: PassageIndex[Any]) -> bool:
    """Whether a word names something: not an asking word, nor one that is everywhere."""
    return not is_asking_word(word) and any(
        inverse_document_frequency(frequency, len(index)) >= _NAMES_FROM_IDF
        for frequency in index.document_frequencies(index.terms(word))
    )


def _points(text: str, words: Sequence[str]) -> bool:
    """Whether there is an opening, or a pronoun, that only earlier words can explain."""
    if _OPENING.match(text):
        return True
    others = 0
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        if word in _PRONOUNS or (word in _POSSESSIVES and others < _SUBJECT_AND_VERB):
            return True
        if word in _OF_MORE and after not in {"than", "as"}:
            return True
        # In "the treaty that ended it" the word is another than in "is that proven".
        if word == "that" and (not before or is_asking_word(before)):
            return True
        if word in _AT_THE_END and not after:
            return True
        others += not is_asking_word(word)
    return False
