"""Clean text before it is stored, shown and cited.

Cleaning happens once, in the reader, before any offset is taken. It changes nothing visible: it
composes accents, unifies line ends and spaces, and removes control characters. It also removes
the marks that reorder text, because they can make a citation look different from its source.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n?|\v|\f|\x85|\u2028|\u2029")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters except tab and line feed
    "\u00ad\u200b\u2060\ufeff"  # soft hyphen, zero-width space, word joiner, byte order mark
    "\u202a-\u202e\u2066-\u2069"  # overrides and isolates of the writing direction
    "\ud800-\udfff\ufff9-\ufffb]"  # lone surrogates, annotation marks
)
# Shapes of letters, which files store in place of the letters: Arabic forms, Hebrew with points,
# and "fi" as one sign.
_SHAPES = re.compile("[\ufb00-\ufb06\ufb1d-\ufbff\ufc00-\ufd3d\ufd50-\ufdf1\ufe70-\ufefc]+")
_SPACES = re.compile(r"[^\S\n]+")
_SPACE = re.compile(r"[^\S\n]")
_WHITE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")


def clean(text: str) -> str:
    """Compose to NFC, with line feeds as line ends, single spaces and no invisible characters."""
    return _SPACES.sub(" ", _clean_letters(text))


def clean_code(text: str) -> str:
    """Clean a text whose lines and spaces count, such as a program; a tab becomes four spaces."""
    lines = _clean_letters(text).expandtabs(4).split("\n")
    return "\n".join(_SPACE.sub(" ", line).rstrip() for line in lines).strip("\n")


def with_line_feeds(text: str) -> str:
    """A text with a line feed at every line end."""
    return _LINE_ENDS.sub("\n", text)


def _clean_letters(text: str) -> str:
    # Invisible characters go first: one may separate a letter from its accent.
    text = _INVISIBLE.sub("", with_line_feeds(text))
    text = _SHAPES.sub(lambda shape: unicodedata.normalize("NFKC", shape[0]), text)
    return unicodedata.normalize("NFC", text)


def one_line(text: str) -> str:
    """Clean a text and put it on one line, without white space around it."""
    if text.isprintable() and (
        text.isascii() or (unicodedata.is_normalized("NFC", text) and not _SHAPES.search(text))
    ):
        # The fast path for table cells: a sheet has millions, and most need no cleaning.
        return " ".join(text.split())
    return _WHITE.sub(" ", clean(text)).strip()


def fold(text: str) -> str:
    """A text for comparison, without case, punctuation and repeated white space."""
    return " ".join(folded_words(text))


def folded_words(text: str) -> list[str]:
    """The words of a text for comparison, in order."""
    return _WORD.findall(text.casefold())
