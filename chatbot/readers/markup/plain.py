"""Plain text: paragraphs with wrapped lines joined, list items, and cautiously guessed headings."""

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
# Prose follows a heading; a line of a list or an address is shorter than this.
_PROSE_CHARACTERS: Final = 120
_UNDERLINE: Final = re.compile(r"(={3,}|-{3,}|~{3,})")
_BULLET: Final = re.compile(r"([-*•‣◦–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+")


def read_plain(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    writer = DocumentWriter()
    write_plain(writer, decode(file.data))
    yield writer.document(file.name, source=file.name, media_type=TEXT)


def write_plain(writer: DocumentWriter, text: str) -> None:
    """Append the blocks of plain text."""
    paragraphs = list(_paragraphs(clean(text)))
    for index, lines in enumerate(paragraphs):
        following = paragraphs[index + 1] if index + 1 < len(paragraphs) else []
        if level := _heading_level(lines, following, first=index == 0):
            writer.add("heading", lines[0], level=level)
        else:
            for line in _unwrapped(lines):
                bullet = _BULLET.match(line)
                writer.add("item" if bullet else "paragraph", line)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The lines between blank lines, as one list per paragraph."""
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            lines.append(line.strip())
        elif lines:
            yield lines
            lines = []


def _heading_level(lines: Sequence[str], following: Sequence[str], *, first: bool) -> int:
    """1 for a title at the head of the text, 2 for a heading, 0 for neither.

    A heading is one short line that doesn't end like a sentence and has prose below it, or a short
    underlined line.
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
    """Join the lines of a paragraph that were only wrapped.

    A line was wrapped if the next word would have made it longer than the paragraph's longest
    line. Any other line end is intended.
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
