"""Tell the encodings of Latin script apart by the alphabets of the languages written in them.

Two such encodings differ in a handful of letters, so statistics over bytes fail on short texts.
But the language of a text shows in its plain letters, whatever the encoding, and a language has
few accented letters. The right encoding gives only those: "ciągu" is Polish, "ci¹gu" and "cišgu"
aren't.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from chatbot.text.languages import language_likelihoods, obvious_language

# The letters beyond ASCII that each language uses, those of usual loan words included.
_ALPHABETS: Final = {
    "en": "éèêëàâäåæçíîïñóôöøúûüœ",
    "de": "äöüßéèà",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "es": "áéíñóúü",
    "pt": "àáâãçéêíóôõúü",
    "it": "àèéìíîòóù",
    "nl": "áäéèêëïíóöüúç",
    "ca": "àçèéíïòóúü",
    "sv": "åäöéüà",
    "da": "æøåéöäü",
    "no": "æøåéòóôäö",
    "fi": "äöåéšž",
    "is": "áðéíóúýþæö",
    "et": "äõöüšž",
    "pl": "ąćęłńóśźż",
    "cs": "áčďéěíňóřšťúůýžöü",
    "sk": "áäčďéíĺľňóôŕšťúýžěöü",
    "hu": "áéíóöőúüűä",
    "hr": "čćđšž",
    "sl": "čšžćđ",
    "ro": "ăâîşţșț",
    "sq": "çë",
    "lt": "ąčęėįšųūž",
    "lv": "āčēģīķļņšūž",
    "tr": "çğıİöşüâîû",
}
_WESTERN: Final = "en de fr es pt it nl ca sv da no fi is sq".split()
_CENTRAL: Final = "pl cs sk hu hr sl ro sq de".split()
_BALTIC: Final = "lt lv et".split()
# How common an encoding is today: Windows before Unix, Unix before DOS and the old Macintosh.
_ENCODINGS: Final = {
    "cp1252": (_WESTERN, 1.0),
    "cp1250": (_CENTRAL, 1.0),
    "cp1254": (["tr"], 1.0),
    "cp1257": (_BALTIC, 1.0),
    "iso8859_2": (_CENTRAL, 1.0),
    "iso8859_4": (_BALTIC, 0.2),
    "cp852": (_CENTRAL, 0.2),
    "cp850": (_WESTERN, 0.2),
    "mac_latin2": (_CENTRAL, 0.1),
    "mac_roman": (_WESTERN, 0.1),
}
_WORD_SIGNS: Final = "’–—·-"
# No language above has more accents, and Cyrillic or Greek text would consist of them.
_MOST_ACCENTS: Final = 0.4
_ACCENTED_WORD: Final = re.compile(r"[^\W\d_\x00-\x7f]{4}")
_ACCENT: Final = re.compile(r"[^\W\d_\x00-\x7f]")
_LETTER: Final = re.compile(r"[^\W\d_]")
# A control character, or a sign where a word goes on: in the middle, or before a small letter.
_BROKEN: Final = re.compile(
    rf"[\x80-\x9f\ufffd]|(?<=[^\W\d_])[^\w\s\x00-\x7f{_WORD_SIGNS}](?=[^\W\d_])"
    r"|[¢£¤¥¦¨©ª¬®¯²³´¸¹º¼½¾×÷ˇ](?=[a-z])|[a-z][ªº]"
)
# Signs that are rare in Latin text, and frequent in any other script read as Latin.
_RARE_SIGN: Final = re.compile("[¡-£¤-¦¨¬¯±-¶¸-º¼¾¿×÷ˇ˘˙˛˝†‡ˆ‰˜]")
_MOST_RARE_SIGNS: Final = 0.25
# Windows-1250 has š, ť and ž at bytes that ISO 8859-2 doesn't use. A longer text without them isn't
# in Windows-1250.
_WINDOWS_ONLY: Final = re.compile(rb"[\x80-\x9f]")
_ENOUGH_ACCENTS: Final = 8
_NO_WINDOWS: Final = 0.5
# Enough of a text to know its language and its letters.
_SAMPLE_CHARACTERS: Final = 20_000
# Names and quotes bring in letters of other languages.
_FOREIGN_LETTERS: Final = set("áéèíóôöüçñøä")
_MOST_FOREIGN: Final = 0.05
# If statistics know no language, the letters alone decide.
_UNKNOWN_LANGUAGE: Final = 0.05


def text_by_alphabet(data: bytes) -> str | None:
    """The text in the encoding that gives the letters of its language; None if none does."""
    best, best_score = None, 0.0
    for encoding, (languages, prior) in _ENCODINGS.items():
        text = data.decode(encoding, "replace")
        fitting = set(_fitting(text, languages))
        likelihoods = _likelihoods(text) if fitting else {}
        likelihood = max((likelihoods.get(language, 0) for language in fitting), default=0)
        score = prior * (_UNKNOWN_LANGUAGE + likelihood) if fitting else 0
        if encoding == "cp1250" and not _WINDOWS_ONLY.search(data):
            accents = len(_ACCENT.findall(text[:_SAMPLE_CHARACTERS]))
            score *= _NO_WINDOWS if accents >= _ENOUGH_ACCENTS else 1
        if score > best_score:
            best, best_score = text, score
    return best


def is_plain_western(text: str) -> bool:
    """Whether a text read as Western is certainly so: without accents, or clear by its words."""
    if not _ACCENT.search(text):
        return True
    language = obvious_language(text[:_SAMPLE_CHARACTERS])
    return language in _WESTERN and language in set(_fitting(text, [language]))


def _fitting(text: str, languages: list[str]) -> Iterator[str]:
    """The languages whose alphabet has every letter of a text."""
    if _BROKEN.search(text) or _ACCENTED_WORD.search(text):
        return
    if ("»" in text) != ("«" in text):
        return
    sample = text[:_SAMPLE_CHARACTERS]
    accents = Counter(_small(letter) for letter in _ACCENT.findall(sample))
    signs = len(_RARE_SIGN.findall(sample))
    if not accents or signs > _MOST_RARE_SIGNS * accents.total():
        return
    if accents.total() > _MOST_ACCENTS * len(_LETTER.findall(sample)):
        return
    for name in languages:
        foreign = accents.keys() - set(_ALPHABETS[name])
        count = sum(accents[letter] for letter in foreign)
        if foreign <= _FOREIGN_LETTERS and count <= _MOST_FOREIGN * accents.total():
            yield name


def _small(letter: str) -> str:
    """The small letter, if it is a single character."""
    return small if len(small := letter.lower()) == 1 else letter


def _likelihoods(text: str) -> dict[str, float]:
    """How likely each language is; function words decide before statistics."""
    sample = text[:_SAMPLE_CHARACTERS]
    if language := obvious_language(sample):
        return {language: 1.0}
    return language_likelihoods(sample)
