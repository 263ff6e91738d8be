"""Detect the language of a text, as a BCP-47 primary tag.

The script decides for many languages, and function words for plain prose. The library py3langid
decides the rest; it takes half a second and 100 MB to load, which an English corpus never needs.
"""

from __future__ import annotations

import re
from functools import cache
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Final

from chatbot.text.function_words import clear_language, words_of
from chatbot.text.scripts import script_shares

# Detection takes time in proportion to the length of a text. A document may have a cover page in
# another language, so a part comes from its middle.
_LONGEST: Final = 1_000
_IN_ADDRESSES: Final = ("://", "@", "www.")
_NOT_PROSE: Final = re.compile(r"[\d_|#*`=<>{}\[\]()]+")

_ONE_LANGUAGE: Final = {
    "Armenian": "hy",
    "Bengali": "bn",
    "Georgian": "ka",
    "Greek": "el",
    "Han": "zh",
    "Hangul": "ko",
    "Hebrew": "he",
    "Kana": "ja",
    "Tamil": "ta",
    "Telugu": "te",
    "Thai": "th",
}
# Other scripts than Latin that several languages share.
_SHARED_SCRIPTS: Final = {
    "Arabic": ("ar", "fa", "ps", "ur"),
    "Cyrillic": ("bg", "mk", "ru", "sr", "uk"),
    "Devanagari": ("hi", "mr", "ne"),
}
# Japanese has kana between its Chinese characters; Chinese quotes a Japanese name now and then.
_LEAST_KANA: Final = 0.1
# The languages that the library chooses from. With all its 139, it takes Chinese for Wu and
# Arabic for Egyptian Arabic.
_CANDIDATES: Final = (
    "ar bg ca cs da de el en es et fa fi fr hi hr hu id is it ja ko lt lv mk mr ne nl no pl ps pt "
    "ro ru sk sl sq sr sv sw tr uk ur vi zh"
).split()

# Function words decide if there are at least this many. A passage needs more to have another
# language than its document.
_LEAST_FUNCTION_WORDS: Final = 2
_LEAST_IN_PASSAGE: Final = 5
# Below these probabilities the library is guessing. Letters beyond ASCII leave fewer languages.
_LEAST_CONFIDENCE: Final = 0.4
_LEAST_CONFIDENCE_IN_ASCII: Final = 0.6


def language_of(text: str) -> str | None:
    """The language of a text, or None if it can't be detected."""
    text = _sample(text)
    return obvious_language(text) or _by_library(text)


def passage_language(text: str, document_language: str | None) -> str | None:
    """The language of a passage: its document's, unless the passage is clearly in another."""
    text = _sample(text)
    shares = script_shares(text)
    script = next(iter(shares), "")
    if document_language not in _SHARED_SCRIPTS.get(script, [document_language]):
        return _obvious(text, shares, _LEAST_FUNCTION_WORDS) or _by_library(text)
    return _obvious(text, shares, _LEAST_IN_PASSAGE) or document_language


def obvious_language(text: str) -> str | None:
    """The language that the script or the function words give, without the library."""
    return _obvious(text, script_shares(text), _LEAST_FUNCTION_WORDS)


def _obvious(text: str, shares: dict[str, float], least: int) -> str | None:
    if shares.get("Kana", 0) >= _LEAST_KANA:
        return "ja"
    script = next(iter(shares), "")
    return _ONE_LANGUAGE.get(script) or _by_function_words(text, least)


def language_likelihoods(text: str) -> dict[str, float]:
    """How likely each language is, from 0 to 1 and in all 1, by the library."""
    return {str(language): float(share) for language, share in _identifier().rank(_sample(text))}


def _sample(text: str) -> str:
    if len(text) > _LONGEST:
        half, middle = _LONGEST // 2, len(text) // 2
        text = f"{text[:half]} {text[middle : middle + half]}"
    if _is_address(text):
        # A pattern for whole addresses takes time with the square of a line's length.
        text = " ".join(word for word in text.split() if not _is_address(word))
    return _NOT_PROSE.sub(" ", text)


def _is_address(text: str) -> bool:
    return any(sign in text for sign in _IN_ADDRESSES)


def _by_function_words(text: str, least: int) -> str | None:
    return clear_language((word.casefold() for word in words_of(text)), least=least)


def _by_library(text: str) -> str | None:
    if not script_shares(text):
        return None
    language, confidence = _identifier().classify(text)
    least = _LEAST_CONFIDENCE_IN_ASCII if text.isascii() else _LEAST_CONFIDENCE
    return str(language) if confidence >= least else None


def _in_memory(**_: object) -> BytesIO:
    return BytesIO()


@cache
def _identifier() -> Any:
    from py3langid import modelio
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    # It unpacks its model into a temporary file, and a process that reads files can't write one.
    own_files, modelio.tempfile = modelio.tempfile, SimpleNamespace(TemporaryFile=_in_memory)
    try:
        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    finally:
        modelio.tempfile = own_files
    identifier.set_languages(_CANDIDATES)
    return identifier
