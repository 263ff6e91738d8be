"""Plain text: paragraphs with wrapped lines joined, list items, and the clearest headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import could_be_title, file_title
from chatbot.readers.markup.text_tables import text_table
from chatbot.readers.media_types import TEXT
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import clean, with_line_feeds
from chatbot.text.hyphens import is_left_open
from chatbot.text.page_furniture import furniture_kind
from chatbot.types import Document

_HEADING_CHARACTERS: Final = 80
_HEADING_WORDS: Final = 12
# A heading is followed by this much prose; lines of a list or an address are shorter.
_PROSE_CHARACTERS: Final = 120
_UNDERLINE: Final = re.compile(r"(={3,}|-{3,}|~{3,})")
# A message in the export of a chat, or an entry of a log.
_STAMP: Final = re.compile(r"\[?\d{1,4}[-./]\d{1,2}[-./]\d{1,4},?[ T]\d{1,2}:\d{2}\b")
# A field of a record or of a header.
_FIELD: Final = re.compile(r"[A-Z][\w-]*(?: [\w-]+)?: ?(?!//)\S?")
_QUOTED: Final = re.compile(r"(?:> ?)+")
_HYPHENATED: Final = re.compile(r"\w-")
_BULLET: Final = re.compile(r"([-*•‣◦–]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+")


def read_plain(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    writer = DocumentWriter()
    text = decode(file.data)
    write_plain(writer, text)
    # The first message of a chat is no title.
    title = file_title(file.name) if _STAMP.match(text.lstrip()) else _first_line(text)
    yield writer.document(file.name, source=file.name, media_type=TEXT, title=title)


def _first_line(text: str) -> str | None:
    """The first line if it looks like a title, even above a short line such as "Mr. Speaker,"."""
    lines, _ = next(_paragraphs(text), ([], []))
    if len(lines) != 1 or not _could_be_heading(lines[0]) or not could_be_title(lines[0]):
        return None
    return lines[0]


def write_plain(writer: DocumentWriter, text: str) -> None:
    """Append the blocks of plain text."""
    paragraphs = list(_paragraphs(text))
    for index, (lines, raw) in enumerate(paragraphs):
        if table := text_table(raw):
            titles, rows = table
            for line in lines[:titles]:
                writer.add("paragraph", line)
            write_table(writer, Grid(rows))
            continue
        following = paragraphs[index + 1][0] if index + 1 < len(paragraphs) else []
        if level := _heading_level(lines, following, first=index == 0):
            writer.add("heading", lines[0], level=level)
        else:
            for line in _unwrapped(lines):
                bullet = _BULLET.match(line)
                writer.add("item" if bullet else "paragraph", line)


def _paragraphs(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The lines of each paragraph, cleaned and as written; blank lines separate paragraphs."""
    text = with_line_feeds(text)
    lines: list[str] = []
    written: list[str] = []
    cleaned = clean(text).split("\n")
    for line, raw in zip([*cleaned, ""], [*text.split("\n"), ""], strict=True):
        if line.strip():
            lines.append(line.strip())
            written.append(raw)
        elif lines:
            yield lines, written
            lines, written = [], []


def _heading_level(lines: Sequence[str], following: Sequence[str], *, first: bool) -> int:
    """1 for a title at the head of the text, 2 for a heading, 0 for neither.

    A heading is one short line that doesn't end like a sentence and has prose below it, or a short
    underlined line.
    """
    if len(lines) == 2 and _UNDERLINE.fullmatch(lines[1]) and len(lines[0]) < _HEADING_CHARACTERS:
        return 1 if lines[1][0] == "=" else 2
    if len(lines) > 1 or not _could_be_heading(lines[0]):
        return 0
    if sum(map(len, following)) < _PROSE_CHARACTERS:
        return 0
    return 1 if first else 2


def _could_be_heading(words: str) -> bool:
    """Whether a line is short, has words, and neither begins nor ends like a part of a sentence."""
    return (
        len(words) <= _HEADING_CHARACTERS
        and len(words.split()) <= _HEADING_WORDS
        and words[-1] not in ".,;:!…"
        and (words[0].isupper() or words[0].isdigit() or not words[0].isascii())
        and any(character.isalpha() for character in words)
        and not furniture_kind(words)
    )


def _unwrapped(lines: Sequence[str]) -> Iterator[str]:
    """Join the lines of a paragraph that were only wrapped.

    A line was wrapped if the next word would have made it longer than the paragraph's longest
    line. Any other line end is intended.
    """
    widest = max(map(len, lines))
    text = lines[0]
    for previous, line in pairwise(lines):
        first = line.split(" ", 1)[0]
        is_divided = _HYPHENATED.fullmatch(previous[-2:]) and first[:1].islower()
        fits = len(previous) + 1 + len(first) <= widest and not is_divided
        quoted = _quotation(line)
        is_field = _FIELD.match(line) and _FIELD.match(previous)
        begins = is_field or _BULLET.match(line) or _STAMP.match(line)
        requoted = quoted != _quotation(previous)
        if fits or begins or requoted or furniture_kind(previous) or furniture_kind(line):
            yield text
            text = line
        elif is_divided and not is_left_open(first):
            text += line
        else:
            text += " " + line[len(quoted) :]
    yield text


def _quotation(line: str) -> str:
    """The signs before a quoted line of a mail."""
    signs = _QUOTED.match(line)
    return signs[0] if signs else ""
