"""Headings: from the file's own outline where it has one, else from the size of the letters."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.page_words import OutlineEntry
from chatbot.text.clean import fold

_FOUND: Final = 0.5
_LARGER: Final = 1.12
_LONGEST_WORDS: Final = 20
_LONGEST_BOLD_WORDS: Final = 12
_LINES: Final = 3
_LEVELS: Final = 6
_MOST: Final = 0.2  # of all lines; more than that is emphasis, not headings
_NUMBERED: Final = re.compile(
    r"(?:chapter |appendix |part |section )?(?:[0-9]+|[A-Z])(?:\.[0-9]+)*\.?\s", re.IGNORECASE
)
_LEADERS: Final = re.compile(r"(\. ?){4,}|…{2,}")

# The lines of each heading by the first of them, with its level.
Headings = dict[Line, tuple[tuple[Line, ...], int]]


def find_headings(
    pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry], body: float
) -> Headings:
    """The headings of a document; `body` is the size of its common text."""
    if outline:
        found = _outlined(pages, outline)
        if len(found) >= _FOUND * len({(entry.title, entry.page) for entry in outline}):
            return found
    return _larger(pages, body)


def body_size(lines: Iterable[Line]) -> float:
    """The size in which most characters are set."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 4) / 4] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


# -- from the outline ------------------------------------------------------------------------


def _outlined(pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]) -> Headings:
    """The lines that say what the outline says, on the page that it names."""
    found: Headings = {}
    wanted: defaultdict[int, list[OutlineEntry]] = defaultdict(list)
    for entry in outline:
        wanted[entry.page].append(entry)
    for number, entries in wanted.items():
        titles = {_bare(entry.title): entry.level for entry in entries}
        for lines in _candidates(pages[number - 1]):
            said = " ".join(line.text for line in lines)
            level = titles.get(_bare(said))
            if level and lines[0] not in found and not _LEADERS.search(said):
                found[lines[0]] = (lines, min(level, _LEVELS))
    return found


def _candidates(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Every run of up to three lines, longest first."""
    for count in range(_LINES, 0, -1):
        for place in range(len(lines) - count + 1):
            yield tuple(lines[place : place + count])


def _bare(title: str) -> str:
    """A title for comparison, without its number."""
    words = fold(title)
    return (
        re.sub(r"^((chapter|appendix|part|section) )?([0-9]+|[a-z])( [0-9]+)* ", "", words) or words
    )


# -- from the letters ------------------------------------------------------------------------


def _larger(pages: Sequence[Sequence[Line]], body: float) -> Headings:
    candidates: list[tuple[Line, ...]] = []
    bold: list[tuple[Line, ...]] = []
    count = 0
    for lines in pages:
        count += len(lines)
        for group in _groups(lines):
            if not _may_be(group):
                continue
            if group[0].size >= _LARGER * body:
                candidates.append(group)
            elif _stands_out(group, lines, body):
                bold.append(group)
    if len(bold) <= _MOST * count:
        candidates += bold
    if len(candidates) > max(3, _MOST * 2 * count):
        return {}
    levels = _levels(candidates)
    return {group[0]: (group, levels[_look(group[0])]) for group in candidates}


def _groups(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Lines of equal look that follow closely, as the lines of one heading do."""
    group: list[Line] = []
    for line in lines:
        if group and not (
            _look(line) == _look(group[-1])
            and 0 < line.middle - group[-1].middle < 1.6 * line.size
            and not _NUMBERED.match(line.text)
        ):
            yield tuple(group)
            group = []
        group.append(line)
    if group:
        yield tuple(group)


def _look(line: Line) -> tuple[float, bool]:
    return (round(line.size), line.font.bold)


def _may_be(group: Sequence[Line]) -> bool:
    words = " ".join(line.text for line in group)
    return (
        len(group) <= _LINES
        and len(words.split()) <= _LONGEST_WORDS
        and sum(map(str.isalpha, words)) > len(words) / 3
        and len(words) > 2
        and words[-1] not in ".,;:"
        and not group[0].font.fixed
        and not _LEADERS.search(words)
        and all(len(line.segments) <= 2 for line in group)
    )


def _stands_out(group: Sequence[Line], lines: Sequence[Line], body: float) -> bool:
    """Whether a line of the common size is bold, short, and followed by what is not."""
    place = lines.index(group[-1])
    following = lines[place + 1] if place + 1 < len(lines) else None
    return (
        group[0].font.bold
        and len(group) == 1
        and group[0].size > 0.93 * body
        and len(group[0].segments) == 1
        and len(group[0].text.split()) <= _LONGEST_BOLD_WORDS
        and following is not None
        and not following.font.bold
        and following.top > group[0].bottom - 0.5 * group[0].size
    )


def _levels(groups: Sequence[tuple[Line, ...]]) -> Mapping[tuple[float, bool], int]:
    """The larger, the higher; of one size, bold before the rest."""
    looks = sorted({_look(group[0]) for group in groups}, reverse=True)
    return {look: min(place, _LEVELS) for place, look in enumerate(looks, start=1)}
