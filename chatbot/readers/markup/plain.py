"""Plain text: paragraphs, headings guessed with care, lines that were only wrapped joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.media_types import TEXT
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import clean
from chatbot.text.page_furniture import furniture_kind
from chatbot.types import Document

_HEADING_CHARACTERS: Final = 80
_HEADING_WORDS: Final = 12
# What follows a heading is prose, and prose is longer than a line of a list or an address.
_PROSE_CHARACTERS: Final = 120
_UNDERLINE: Final = re.compile(r"(={3,}|-{3,}|~{3,})")
_BULLET: Final = re.compile(r"([-*•‣◦–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+")


def read_plain(file: RawFile) -> Iterator[Document]:
    """One document."""
    writer = DocumentWriter()
    write_plain(writer, decode(file.data))
    yield writer.document(file.name, source=file.name, media_type=TEXT)


def write_plain(writer: DocumentWriter, text: str) -> None:
    """Append the blocks of a plain text."""
    paragraphs = list(_paragraphs(clean(text)))
    for place, lines in enumerate(paragraphs):
        following = paragraphs[place + 1] if place + 1 < len(paragraphs) else []
        if level := _heading_level(lines, following, first=place == 0):
            writer.add("heading", lines[0], level=level)
        else:
            for line in _unwrapped(lines):
                bullet = _BULLET.match(line)
                writer.add("item" if bullet else "paragraph", line)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The runs of lines between blank ones."""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []


def _heading_level(lines: Sequence[str], following: Sequence[str], *, first: bool) -> int:
    """1 for the title at the head of the text, 2 for a heading, 0 for neither.

    A heading is one short line, not ended like a sentence, with prose below it; or any short
    line that is underlined.
    """
    if len(lines) == 2 and _UNDERLINE.fullmatch(lines[1]) and len(lines[0]) < _HEADING_CHARACTERS:
        return 1 if lines[1][0] == "=" else 2
    words = lines[0]
    if (
        len(lines) > 1
        or len(words) > _HEADING_CHARACTERS
        or len(words.split()) > _HEADING_WORDS
        or words[-1] in ".,;:!…"
        or not (words[0].isupper() or words[0].isdigit() or not words[0].isascii())
        or not any(character.isalpha() for character in words)
        or furniture_kind(words)
    ):
        return 0
    if sum(map(len, following)) < _PROSE_CHARACTERS:
        return 0
    return 1 if first else 2


def _unwrapped(lines: Sequence[str]) -> Iterator[str]:
    """The paragraph's lines joined where they were only wrapped.

    A wrapped line ends because the next word would not have fitted: with that word it would be
    longer than the longest line of the paragraph. Any other line end is meant.
    """
    widest = max(map(len, lines))
    text = lines[0]
    for before, line in pairwise(lines):
        fits = len(before) + 1 + len(line.split(" ", 1)[0]) <= widest
        if fits or _BULLET.match(line) or furniture_kind(before) or furniture_kind(line):
            yield text
            text = line
        else:
            text += " " + line
    yield text
