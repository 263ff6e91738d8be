"""Corrects misspelt words of a question.

These are words that no document has, if one similar word is clearly the likeliest.

The index stores terms as hashes, so it can't list words near a given one. All spellings that are
one edit away are looked up instead (Norvig, "How to write a spelling corrector", 2007). Four in
five misspellings are one edit away (Damerau, "A technique for computer detection and correction of
spelling errors", 1964).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from string import ascii_lowercase
from typing import Any, Final

from chatbot.answers import Correction
from chatbot.retrieval.passage_index import PassageIndex
from chatbot.retrieval.query import content_words

_WORD: Final = re.compile(r"\w+(?:['’.-]\w+)*")
_LETTERS: Final = re.compile(r"[a-z]+")
# Shorter words have too many neighbours, and longer ones are rarely words.
_SHORTEST: Final = 5
_LONGEST: Final = 32
_MOST_CORRECTED: Final = 2
# Swapped and doubled letters are likelier than a wrong letter, and a frequent word is likelier
# than a rare one. The likeliest word must be this much likelier than any other.
_LIKELIER: Final = 10
_CLEARLY: Final = 3
_PASSAGES_READ: Final = 16

# Letters that are typed for each other: vowels, letters of like sound, and neighbouring keys.
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_ALIKE: Final = ("aeiouy", "csz", "ckq", "gj", "mn", "vfw", "dt", "bp")
_CONFUSED: Final = {
    letter: "".join(
        other
        for other in ascii_lowercase
        if other != letter
        and (
            any(letter in group and other in group for group in _ALIKE)
            or any(pair in row for row in _KEYS for pair in (letter + other, other + letter))
        )
    )
    for letter in ascii_lowercase
}

IsWord = Callable[[str], bool]


def corrections(text: str, index: PassageIndex[Any], is_word: IsWord) -> tuple[Correction, ...]:
    """The misspelt words of a checked question and the documents' words for them.

    A word is misspelt if no document has it, `is_word` doesn't know it, and the documents have one
    word that is one edit away. Names, numbers, abbreviations and other scripts are left alone. So
    is a question with several unknown words and no more known ones: it isn't about the documents,
    or in another language.
    """
    words = _WORD.findall(text)
    content = {*content_words(text)}
    unknown = [word for word in words if word.casefold() in content and not _is_known(word, index)]
    mostly_known = len(unknown) == 1 or 2 * len(unknown) < len(content)
    if not mostly_known or len(unknown) > _MOST_CORRECTED:
        return ()
    return tuple(
        Correction(word, near)
        for word in unknown
        if _LETTERS.fullmatch(word)
        and _SHORTEST <= len(word) <= _LONGEST
        and not is_word(word)
        and (near := _nearest_word(word, index))
    )


def corrected(text: str, misspelt: tuple[Correction, ...]) -> str:
    """The question with its misspelt words corrected."""
    for word in misspelt:
        text = re.sub(rf"\b{re.escape(word.written)}\b", word.read, text)
    return text


def _is_known(word: str, index: PassageIndex[Any]) -> bool:
    """Whether each term of a word is in some document."""
    return all(index.document_frequencies(index.terms(word)))


def _nearest_word(word: str, index: PassageIndex[Any]) -> str | None:
    """The one word of the documents that is an edit away from a word, or None."""
    edits = dict(_edits(word))
    terms = index.terms(" ".join(edits))
    if len(terms) != len(edits):
        return None
    likelihoods: dict[str, int] = {}
    frequencies = index.document_frequencies(terms)
    for term, weight, frequency in zip(terms, edits.values(), frequencies, strict=True):
        likelihoods[term] = max(likelihoods.get(term, 0), weight * frequency)
    best, *others = sorted(likelihoods, key=lambda term: (-likelihoods[term], term))
    if not likelihoods[best] or (others and likelihoods[best] < _CLEARLY * likelihoods[others[0]]):
        return None
    spellings = {
        edit: weight
        for (edit, weight), term in zip(edits.items(), terms, strict=True)
        if term == best
    }
    return _as_written(best, spellings, index)


def _edits(word: str) -> Iterator[tuple[str, int]]:
    """The spellings one edit away that keep the first letter, the likelier kinds last.

    Each has the weight of its kind. A first letter is rarely wrong.
    """
    for place in range(1, len(word) + 1):
        before, after = word[:place], word[place:]
        for letter in ascii_lowercase:
            yield before + letter + after, 1
        for letter in _CONFUSED.get(after[:1], ""):
            yield before + letter + after[1:], 1
        yield before + after[1:], 1
    for place in range(1, len(word) + 1):
        before, after = word[:place], word[place:]
        yield before + before[-1] + after, _LIKELIER
        if after and after[0] == before[-1]:
            yield before + after[1:], _LIKELIER
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:], _LIKELIER


def _as_written(term: str, spellings: Mapping[str, int], index: PassageIndex[Any]) -> str | None:
    """The spelling of a term that the documents use, or a plural of it with a likely edit.

    None if they write the word in another way, because then the stem came from another word; and
    if they write it as a name, because one name must not become another.
    """
    rows, _ = index.lexical_hits({term: 1.0}, _PASSAGES_READ, None)
    words = {
        word
        for passage in index.passages(rows.tolist())
        for word in _WORD.findall(passage.text)
        if word.islower()
    }
    plurals = (
        spelling
        for spelling, weight in spellings.items()
        if weight == _LIKELIER and spelling.removesuffix("s") in words
    )
    return next((spelling for spelling in spellings if spelling in words), next(plurals, None))
