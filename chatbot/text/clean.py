"""Text as it will be stored, shown and cited: readable characters only.

Cleaning happens once, in the reader, before any offset is taken. What it changes cannot be
seen: composed accents, line ends, control characters, and the marks that reorder text (which
could make a citation read other than it is).
"""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|\v|\f|\x85|\u2028|\u2029")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters but tab and line feed
    "\u00ad\u200b\u2060\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark
    "\u202a-\u202e\u2066-\u2069"  # overrides and isolates of the writing direction
    "\ud800-\udfff\ufff9-\ufffb]"  # lone surrogates, annotation marks
)
_SPACES = re.compile(r"[^\S\n]+")
_WHITE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")


def clean(text: str) -> str:
    """Composed (NFC), with line feeds for line ends, single spaces and nothing invisible."""
    # What is invisible goes first: it may stand between a letter and its accent.
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text))


def one_line(text: str) -> str:
    """The text cleaned, on one line, without white space around it."""
    if text.isascii() and text.isprintable():
        # Most cells of most tables; nothing in them needs cleaning, and a sheet has millions.
        return " ".join(text.split())
    return _WHITE.sub(" ", clean(text)).strip()


def fold(text: str) -> str:
    """The text for comparison: case, white space and punctuation do not count."""
    return " ".join(folded_words(text))


def folded_words(text: str) -> list[str]:
    """The words of the text for comparison, in order."""
    return _WORD.findall(text.casefold())
