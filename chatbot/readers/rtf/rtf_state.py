"""What holds at a place in an RTF file: the group and the paragraph around it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final, Literal

from chatbot.readers.rtf.control_words import font_encoding
from chatbot.readers.symbol_fonts import symbols

BODY_LEVEL: Final = 9
# A number of several levels, or with a word: "4.2", "Article 5".
_NAMES_PLACE: Final = re.compile(r"\w\.\w|[^\W\d_]{2,}|§")


class Fonts:
    """The encodings and the names of a file's fonts, by their numbers."""

    def __init__(self) -> None:
        self._encodings: dict[int | None, str] = {}
        self.names: defaultdict[int | None, str] = defaultdict(str)

    def define(self, number: int | None, charset: int | None, default: str) -> None:
        """Record the character set of a font; `default` is the encoding of the file."""
        self._encodings[number] = font_encoding(charset, default)

    def text(self, number: int | None, data: bytes, default: str) -> str:
        """Bytes in a font as text; `default` is the encoding of the file."""
        return data.decode(self._encodings.get(number, default), "replace")

    def shown(self, number: int | None, words: str) -> str:
        """Words in a font, which may be one of symbols."""
        return symbols(words, self.names[number])


@dataclass
class State:
    """What a group inherits from its outer group."""

    destination: str = "body"  # where its words go
    fallback_size: int = 1  # the length of the replacement that follows a Unicode character
    font: int | None = None
    unseen: bool = False
    struck: bool = False
    raised: bool = False


@dataclass
class Paragraph:
    """The paragraph being read; `number` is what programs without lists show before it."""

    words: list[str] = field(default_factory=list)
    outline: int = BODY_LEVEL
    style: int = 0
    listed: bool = False
    number: str | None = None
    in_table: bool = False

    @property
    def kind(self) -> Literal["item", "paragraph"]:
        """The kind of its block, unless it is a heading."""
        return "item" if self.listed or self.number is not None else "paragraph"

    def numbered(self, words: str, *, is_heading: bool) -> str:
        """The words after the number, if it names a place in the document."""
        number = self.number or ""
        names_place = any(map(str.isalnum, number)) if is_heading else _NAMES_PLACE.search(number)
        return f"{number} {words}" if names_place else words
