"""Function words of thirty languages, and the words of a text, also in scripts without spaces.

Function words match everywhere. They decide little in a search, and they aren't subjects that a
hint could name.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from chatbot.text.character_folding import fold_marks
from chatbot.text.scripts import UNSPACED

_WORD: Final = re.compile(r"\w+")
_LEAST_FUNCTION_WORDS: Final = 2
_CUT_LANGUAGES: Final = ("zh", "ja", "th")


@cache
def function_words() -> Mapping[str, frozenset[str]]:
    """The function words of each language, folded."""
    lists = tomllib.loads(files("chatbot.text").joinpath("function_words.toml").read_text("utf-8"))
    return {language: frozenset(fold_marks(words).split()) for language, words in lists.items()}


@cache
def _languages_of() -> Mapping[str, tuple[str, ...]]:
    """The languages in which a word is a function word; alphabetic scripts only."""
    languages: dict[str, tuple[str, ...]] = {}
    for language, words in function_words().items():
        if language not in _CUT_LANGUAGES:
            for word in words:
                languages[word] = (*languages.get(word, ()), language)
    return languages


@cache
def _cut() -> re.Pattern[str]:
    strings = {string for language in _CUT_LANGUAGES for string in function_words()[language]}
    return re.compile("|".join(sorted(map(re.escape, strings), key=len, reverse=True)))


def words_of(text: str) -> list[str]:
    """The words of a text, in order; a script without spaces is cut at its function words."""
    folded = fold_marks(text)
    if folded.isascii():
        found: list[str] = _WORD.findall(folded)
        return found
    words = []
    for word in _WORD.findall(folded):
        if UNSPACED.search(word):
            # A question of nothing but function words keeps them.
            words += [part for part in _cut().split(word) if part] or [word]
        else:
            words.append(word)
    return words


def counts_by_language(words: Iterable[str]) -> Counter[str]:
    """The number of distinct function words by language among case-folded words.

    Single Latin letters don't count: they're initials and units as often as words.
    """
    languages_of = _languages_of()
    counted = {word for word in words if len(word) > 1 or not word.isascii()}
    return Counter(language for word in counted for language in languages_of.get(word, ()))


def clear_language(words: Iterable[str], *, least: int) -> str | None:
    """The language of at least `least` function words, if over twice as many as of any other."""
    counts = counts_by_language(words)
    (language, count), (_, next_count) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    return language if count >= least and count > 2 * next_count else None


def prose_language(words: Iterable[str], likely: Collection[str] = ()) -> str:
    """The language whose function words among case-folded words are left out of a search.

    It's English, unless another language has more than any other, over twice as many as English,
    and at least two; in the `likely` languages, one is enough.
    """
    counts = counts_by_language(words)
    english = counts.pop("en", 0)
    (language, count), (_, next_count) = [*counts.most_common(2), ("en", 0), ("en", 0)][:2]
    enough = count >= (1 if language in likely else _LEAST_FUNCTION_WORDS)
    return language if enough and count > max(2 * english, next_count) else "en"


def is_function_word(word: str) -> bool:
    """Whether a case-folded word is a function word in any language."""
    return word in _languages_of()
