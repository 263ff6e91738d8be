"""Fold characters that readers don't tell apart, for search only; stored text stays as it is.

Nothing here changes a text in plain English letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final

# Full-width and half-width forms, and the forms that old Arabic files use for joined letters.
_PRESENTATION_FORMS: Final = re.compile("[\ufb50-\ufdff\ufe70-\ufefe\uff01-\uffee]+")
# Stress marks, Arabic and Hebrew vowel marks and the Arabic stretching sign. Letters with an
# accent of their own, such as "é", are single characters and stay.
_MARKS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]+"
)
_CYRILLIC: Final = str.maketrans("ёЁѐЀѝЍ", "еЕеЕиИ")
_HAN: Final = re.compile("[\u3400-\u9fff]")


def fold_marks(text: str) -> str:
    """The text without marks over and under letters that most writers leave out."""
    if text.isascii():
        return text
    text = _PRESENTATION_FORMS.sub(lambda forms: unicodedata.normalize("NFKC", forms[0]), text)
    return _MARKS.sub("", text).translate(_CYRILLIC)


def fold_characters(text: str) -> str:
    """The text without such marks, and with traditional Chinese characters simplified."""
    if text.isascii():
        return text
    text = fold_marks(text)
    return text.translate(_simplified()) if _HAN.search(text) else text


@cache
def _simplified() -> dict[int, str]:
    """The simplified form of each traditional character; the first where there are several."""
    # The dictionary of OpenCC. Single characters suffice, because words are compared in pairs
    # of characters, and both sides are folded alike.
    table = files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text("utf-8")
    pairs = (line.split() for line in table.splitlines())
    return {ord(pair[0]): pair[1] for pair in pairs if len(pair) > 1 and len(pair[1]) == 1}
