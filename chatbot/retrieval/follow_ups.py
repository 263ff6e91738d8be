"""Follow-up questions, interpreted from the turns before them without a language model.

A question leans on the conversation when it refers to something that it doesn't name: "what
about the navy?", "is that proven?", "why?". It's then asked together with the content words of
the turn before. Those count less than its own words: enough to find the subject, too little to
outweigh the new words. Any other question is asked unchanged.

Words can't tell a follow-up from a change of topic for certain, so a question that leans is also
asked alone, and the reading with the better first passage is kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chatbot.retrieval.passage_index import PassageIndex
from chatbot.retrieval.query import is_question_word
from chatbot.text.bm25 import inverse_document_frequency
from chatbot.text.clean import one_line

# All constants here are tuned, and checked for harm, with tests/benchmarks/followups.py.
_TURNS_BACK: Final = 2
# A word in more than one of three passages names nothing. A question that names more than five
# things stands alone, even with a pronoun in it.
_NAMES_FROM_IDF: Final = 1.0
_MOST_NAMES: Final = 5
# "Who makes its engines?" points back; "How soon could their cooperation become a serious problem
# for America?" opens a topic.
_MOST_NAMES_WITH_POSSESSIVE: Final = 3
# Confidences this close are equal, and then the wording decides. In log-odds.
_TIE: Final = 0.05

_SUBJECT_AND_VERB: Final = 2

# A word as written, joined parts included: "S-400", "isn't", "6.15".
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
_COMPARATIVES: Final = frozenset("other others another else instead such ones".split())
_FINAL_REFERENCES: Final = frozenset("there one that same so too".split())


@dataclass(frozen=True, slots=True)
class InterpretedQuestion:
    """A question with the words carried from earlier turns."""

    text: str
    carried: tuple[str, ...] = ()

    @property
    def full_text(self) -> str:
        """The question with the carried words in brackets."""
        return f"{self.text} ({' '.join(self.carried)})" if self.carried else self.text

    @property
    def wordings(self) -> tuple[str, ...]:
        """The question as asked and, if words are carried, with them."""
        return (self.text, self.full_text) if self.carried else (self.text,)


def interpret(text: str, history: Sequence[str], index: PassageIndex[Any]) -> InterpretedQuestion:
    """Interpret a checked question after the user's earlier turns, oldest first."""
    turns = [turn for turn in map(one_line, history[-_TURNS_BACK:]) if turn]
    if not turns or not _leans(text, index):
        return InterpretedQuestion(text)
    seen_terms = {*index.terms(text)}
    carried: list[str] = []
    for turn in reversed(turns):
        new_words = []
        for word in _WORD.findall(turn):
            terms = {*index.terms(word)}
            if not is_question_word(word.casefold()) and terms - seen_terms:
                new_words.append(word)
                seen_terms |= terms
        carried[:0] = new_words
        if not _leans(turn, index):
            break
    return InterpretedQuestion(text, tuple(carried))


def says_something(text: str) -> bool:
    """Whether a question has any words of its own; "why?" has none."""
    return any(not is_question_word(word.casefold()) for word in _WORD.findall(text))


def is_surer(interpreted: float, alone: float) -> bool:
    """Whether the conversation helps to read a question that seems to lean on it.

    Takes the confidence, by the interpreted question, in the first passage of each reading. After
    a change of topic the carried words lead away from the passage that the question finds alone.
    """
    return _log_odds(interpreted) >= _log_odds(alone) - _TIE


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(chance / (1 - chance))


def _leans(text: str, index: PassageIndex[Any]) -> bool:
    """Whether a question refers to something that it doesn't name."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    names = {word for word in words if _is_name(word, index)}
    return not names or (len(names) <= _MOST_NAMES and _refers_back(text, words, len(names)))


def _is_name(word: str, index: PassageIndex[Any]) -> bool:
    """Whether a word names something: it isn't a question word, and few passages have it."""
    return not is_question_word(word) and any(
        inverse_document_frequency(frequency, len(index)) >= _NAMES_FROM_IDF
        for frequency in index.document_frequencies(index.terms(word))
    )


def _refers_back(text: str, words: Sequence[str], names: int) -> bool:
    """Whether an opening or a pronoun refers to an earlier turn."""
    if _OPENING.match(text):
        return True
    # After two content words, "its" belongs to one of them.
    latest = _SUBJECT_AND_VERB if names <= _MOST_NAMES_WITH_POSSESSIVE else 0
    content_words = 0
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        if word in _PRONOUNS or (word in _POSSESSIVES and content_words < latest):
            return True
        # In "each other", "one another" and "every other" nothing is compared with a turn before.
        own_pair = before in {"each", "one", "every"}
        if word in _COMPARATIVES and after not in {"than", "as"} and not own_pair:
            return True
        # A pronoun in "is that proven", a relative pronoun in "the treaty that ended it".
        if word == "that" and (not before or is_question_word(before)):
            return True
        if word in _FINAL_REFERENCES and not after:
            return True
        content_words += not is_question_word(word)
    return False
