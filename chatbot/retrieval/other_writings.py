"""Abbreviations with several spellings: "A2/AD", "A2-AD" and "A2AD" are one word.

The index splits words at punctuation, so the first two are the terms "a2" and "ad", and the last
one is a single term. Only the question is changed. Ordinary compounds are left alone.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from chatbot.retrieval.passage_index import PassageIndex

# At most this many characters, and capitals or a digit among them: "F-16", "SACEUR/NATO", "S400".
_LONGEST: Final = 12
_COMPOUND: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9]*(?:[-/][A-Za-z0-9]+)+\b")
_MIXED: Final = re.compile(r"\b[A-Za-z]+[0-9][A-Za-z0-9]*\b")
_BOUNDARY: Final = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")


class OtherWritings(NamedTuple):
    """The terms of other spellings that occur in documents.

    `missing` terms are in no document, and `parts` replace them. `joined` terms are added to the
    question's own.
    """

    missing: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


def other_writings(text: str, index: PassageIndex[Any]) -> OtherWritings:
    """The other spellings of a question's abbreviations."""
    missing: list[str] = []
    parts: list[str] = []
    joined: list[str] = []
    for compound in joined_compounds(text, index):
        joined += index.terms(_joined(compound))
    for word in _MIXED.findall(text):
        known = any(index.document_frequencies(index.terms(word)))
        split = None if known or len(word) > _LONGEST else split_word(word, index)
        if split:
            missing += index.terms(word)
            parts += split
    return OtherWritings(frozenset(missing), tuple(parts), tuple(joined))


def joined_compounds(text: str, index: PassageIndex[Any]) -> list[str]:
    """The abbreviations with "-" or "/", such as A2/AD, that documents also write without it."""
    return [
        compound
        for compound in _COMPOUND.findall(text)
        if len(compound) <= _LONGEST
        and (compound.isupper() or re.search("[0-9]", compound))
        and all(index.document_frequencies(index.terms(_joined(compound))))
    ]


def _joined(compound: str) -> str:
    return re.sub("[-/]", "", compound)


def split_word(word: str, index: PassageIndex[Any]) -> list[str] | None:
    """The terms of both halves of a word that mixes letters and digits, if documents have both.

    It's split between a letter and a digit. If there are several such places, the split with the
    rarer halves is chosen, because single letters and digits are everywhere.
    """
    choices: list[tuple[int, list[str]]] = []
    for boundary in _BOUNDARY.finditer(word):
        halves = word[: boundary.start()], word[boundary.start() :]
        if len(max(halves, key=len)) == 1:
            continue
        terms = index.terms(" ".join(halves))
        frequencies = index.document_frequencies(terms)
        if all(frequencies):
            choices.append((sum(frequencies), terms))
    return min(choices)[1] if choices else None
