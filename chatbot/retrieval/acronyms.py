"""Questions that ask what an acronym means, and the sentences that spell it out."""

from __future__ import annotations

import re
from typing import Final

from chatbot.retrieval.query import is_question_word

_WORDS_ASKED: Final = re.compile(
    r"\bstands? for\b|\bmeans?\b|\bmeaning\b|\bacronym\b|\bspelled out\b", re.IGNORECASE
)
_ASKED: Final = (
    re.compile(r"what (?:does|do) (?:the )?(\S+) (?:stand for|mean)", re.IGNORECASE),
    re.compile(r"what (?:is|are) (?:the )?(?:an? )?(\S+?)\??$", re.IGNORECASE),
    re.compile(r"(?:meaning|definition) of (\S+?)\??$", re.IGNORECASE),
    re.compile(r"^(\S+) (?:meaning|definition|acronym)\??$", re.IGNORECASE),
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_REPEATED: Final = re.compile(r"([^\W\d_])([2-4])(?!\d)")
_PLURAL: Final = re.compile(r"(?<=[A-Z0-9])s$")
_SMALL: Final = frozenset("a an and at by for in of on or the to with".split())
_SHORTEST: Final = 2
# Initials of fewer words than this agree by chance.
_LEAST_INITIALS: Final = 3


def acronym_asked(question: str) -> str | None:
    """The acronym whose meaning a question asks for; None if it asks for something else."""
    for pattern in _ASKED:
        match = pattern.search(question.strip())
        if match:
            word = _PLURAL.sub("", match.group(1).strip("\"'“”‘’«»?.,"))
            letters = [letter for letter in word if letter.isalpha()]
            capitals = sum(letter.isupper() for letter in letters)
            if len(letters) >= _SHORTEST and capitals >= max(2, len(letters) - 1):
                return word
    return None


def asks_for_words(question: str) -> bool:
    """Whether a question asks for the words of an acronym ("stand for"), not for what it is."""
    return bool(_WORDS_ASKED.search(question))


def mentions(text: str, acronym: str) -> bool:
    """Whether a text has the acronym in any spelling: A2/AD, A2-AD or A2AD."""
    letters = [re.escape(letter) for letter in acronym if letter.isalnum()]
    pattern = r"(?<![^\W_])" + "[-/ .]?".join(letters) + r"s?(?![^\W_])"
    return bool(re.search(pattern, text))


def spells_out(sentence: str, acronym: str) -> bool:
    """Whether consecutive words of a sentence begin with the letters of an acronym.

    A digit from 2 to 4 repeats the letter before it: A2/AD is "anti-access/area denial". Small
    words such as "and" may be left out; other function words, such as "not", begin no acronym. Two
    initials agree by chance, so there the sentence must have the acronym as well.
    """
    repeated = _REPEATED.sub(lambda match: match.group(1) * int(match.group(2)), acronym)
    if any(letter.isdigit() for letter in repeated):
        return False
    letters = "".join(letter for letter in repeated if letter.isalpha()).lower()
    if len(letters) < _LEAST_INITIALS and not mentions(sentence, acronym):
        return False
    words = [word.lower() for word in _WORD.findall(sentence)]
    content = [word for word in words if word not in _SMALL]
    return any(letters in "".join(map(_initial, kept)) for kept in (words, content))


def _initial(word: str) -> str:
    """The first letter of a word; a space for a function word that begins no acronym."""
    return " " if is_question_word(word) and word not in _SMALL else word[0]
