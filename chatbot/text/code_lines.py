"""Split code into pieces that can be quoted, as exact spans of whole lines.

Blank lines separate paragraphs. A paragraph of several names with lines under them, as in a
configuration, has a piece for each name. Otherwise a short paragraph is one piece, and a longer one
is cut before its least indented lines. Comments stay with the line below them. A paragraph that
reads like prose, such as a licence, is cut into sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from chatbot.text.sentences import sentence_spans
from chatbot.types import Span

_LINE: Final = re.compile(r"[^\n]*\S[^\n]*")
_BLANK_LINES: Final = re.compile(r"\n[^\S\n]*\n")
# A longer piece is too long to be read at a glance.
_LONGEST_PIECE: Final = 320
_DEEPEST: Final = 40
_CLOSING: Final = re.compile(r"\s*(?:[\])}>;,]+|end\b.*|fi|done|esac|else\b.*|</.*)\s*")
_COMMENT: Final = re.compile(r"\s*(?:#|//|--|;|/?\*|<!--|\"\"\"|@)")
_PROSE_END: Final = re.compile(r"[^\W\d_][.!?][\"')]*\s*$")
_PLAIN: Final = re.compile(r"[^\W_]|[\s,.'’-]")
_LEAST_PLAIN: Final = 0.95
_PROSE_WORDS: Final = 8


def code_spans(text: str, within: Span) -> tuple[Span, ...]:
    """The pieces of `text[within]`, in order; they cover every line that isn't blank."""
    return tuple(_pieces(text, within))


def _pieces(text: str, within: Span) -> Iterator[Span]:
    start = within.start
    ends = [*(gap.start() for gap in _BLANK_LINES.finditer(text, *within)), within.end]
    for end in ends:
        lines = [Span(*line.span()) for line in _LINE.finditer(text, start, max(start, end))]
        start = end
        if not lines:
            continue
        paragraph = Span(lines[0].start, lines[-1].end)
        if _is_prose(paragraph.of(text)):
            yield from sentence_spans(text, paragraph)
        else:
            yield from _cut(text, lines)


def _cut(text: str, lines: Sequence[Span], depth: int = 0) -> Iterator[Span]:
    """Cut lines into pieces; beyond a depth that nobody writes, in halves."""
    groups = _groups(text, lines) if depth < _DEEPEST else [list(lines)]
    is_short = lines[-1].end - lines[0].start <= _LONGEST_PIECE
    if len(lines) == 1 or (is_short and not _has_names(text, groups)):
        yield Span(lines[0].start, lines[-1].end)
        return
    if len(groups) == 1:
        middle = len(lines) // 2
        groups = [list(lines[:middle]), list(lines[middle:])]
    for group in _merged(groups):
        yield from _cut(text, group, depth + 1)


def _groups(text: str, lines: Sequence[Span]) -> list[list[Span]]:
    """The lines up to each of the least indented ones; lines that close a bracket begin none."""
    least = min((_indentation(text, line) for line in lines[1:]), default=0)
    groups = [[lines[0]]]
    for before, line in pairwise(lines):
        begins = _indentation(text, line) == least and not _CLOSING.fullmatch(line.of(text))
        if begins and not _COMMENT.match(before.of(text)):
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _has_names(text: str, groups: Sequence[Sequence[Span]]) -> bool:
    """Whether several lines have indented lines below them, as in a configuration."""
    least = _indentation(text, groups[-1][0])
    nested = [group for group in groups if len(group) > 1 and not _COMMENT.match(group[0].of(text))]
    return len(nested) > 1 and least == _indentation(text, groups[0][0])


def _merged(groups: Sequence[list[Span]]) -> list[list[Span]]:
    """Join short lines that have nothing below them with their neighbours."""
    merged: list[list[Span]] = []
    single = False
    for group in groups:
        is_short = bool(merged) and group[-1].end - merged[-1][0].start <= _LONGEST_PIECE // 2
        if is_short and single and len(group) == 1 and len(groups) > 2:
            merged[-1] += group
        else:
            merged.append(list(group))
        single = len(group) == 1
    return merged if len(merged) > 1 else [list(group) for group in groups]


def _indentation(text: str, line: Span) -> int:
    words = line.of(text)
    return len(words) - len(words.lstrip())


def _is_prose(paragraph: str) -> bool:
    """Whether a paragraph is written in sentences."""
    if not _PROSE_END.search(paragraph) or len(paragraph.split()) < _PROSE_WORDS:
        return False
    return len(_PLAIN.findall(paragraph)) >= _LEAST_PLAIN * len(paragraph)
