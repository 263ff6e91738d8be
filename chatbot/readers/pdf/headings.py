"""Find headings in the file's outline, or else by font size."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.page_words import OutlineEntry
from chatbot.text.clean import fold

# Share of the outline's entries that must be in the text.
_OUTLINE_SHARE: Final = 0.5
# A heading's font size, relative to the body text.
_LARGER: Final = 1.12
_LONGEST_WORDS: Final = 20
_LONGEST_BOLD_WORDS: Final = 12
_LINES: Final = 3
_LEVELS: Final = 6
# Between the lines of a title, in font heights.
_FAR: Final = 2.5
# Share of all lines. If more lines than this are bold, bold marks emphasis, not headings.
_BOLD_SHARE: Final = 0.2
_NUMBERED: Final = re.compile(
    r"(?:chapter |appendix |part |section )?(?:[0-9]+|[A-Z])(?:\.[0-9]+)*\.?\s", re.IGNORECASE
)
_SECTION_NUMBER: Final = re.compile(r"[0-9]{1,2}(?:\.[0-9]+)*\.?\s")
_SECTION: Final = re.compile(r"\A((chapter|appendix|part|section) )?([0-9]+|[a-z])( [0-9]+)* ")
_LEADERS: Final = re.compile(r"(\. ?){4,}|…{2,}")

# First line of a heading -> all its lines and its level.
Headings = dict[Line, tuple[tuple[Line, ...], int]]


def find_headings(
    pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry], body: float
) -> Headings:
    """The headings of a document; `body` is the font size of its body text."""
    if outline:
        headings = _from_outline(pages, outline)
        entries = {(entry.title, entry.page) for entry in outline}
        if len(headings) >= _OUTLINE_SHARE * len(entries):
            return headings
    return _by_font(pages, body)


def body_size(lines: Iterable[Line]) -> float:
    """The font size of most characters."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 4) / 4] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


# -- from the outline ------------------------------------------------------------------------


def _from_outline(pages: Sequence[Sequence[Line]], outline: Sequence[OutlineEntry]) -> Headings:
    """The lines that match an outline entry, on the entry's page."""
    headings: Headings = {}
    by_page: defaultdict[int, list[OutlineEntry]] = defaultdict(list)
    for entry in outline:
        by_page[entry.page].append(entry)
    for number, entries in by_page.items():
        levels = {_without_number(fold(entry.title)): entry.level for entry in entries}
        on_page = pages[number - 1]
        folded = [fold(line.text) for line in on_page]
        for start, stop in _candidates(len(on_page)):
            lines = tuple(on_page[start:stop])
            level = levels.get(_without_number(" ".join(filter(None, folded[start:stop]))))
            if (
                level
                and lines[0] not in headings
                and not _LEADERS.search(" ".join(line.text for line in lines))
            ):
                headings[lines[0]] = (lines, min(level, _LEVELS))
    return headings


def _candidates(count: int) -> Iterator[tuple[int, int]]:
    """The bounds of every run of up to three lines, longest first."""
    for length in range(_LINES, 0, -1):
        for start in range(count - length + 1):
            yield start, start + length


def _without_number(words: str) -> str:
    """The folded words of a title, without its section number."""
    return _SECTION.sub("", words) or words


# -- by font ---------------------------------------------------------------------------------


def _by_font(pages: Sequence[Sequence[Line]], body: float) -> Headings:
    """Short lines in larger or bold type."""
    candidates: list[tuple[Line, ...]] = []
    bold: list[tuple[Line, ...]] = []
    count = 0
    for lines in pages:
        count += len(lines)
        for group in _groups(lines):
            if not _can_be_heading(group):
                continue
            if group[0].size >= _LARGER * body:
                candidates.append(group)
            elif _stands_out(group, lines, body):
                bold.append(group)
    if len(bold) <= _BOLD_SHARE * count:
        candidates += bold
    if len(candidates) > max(3, _BOLD_SHARE * 2 * count):
        return {}
    levels = _levels(candidates)
    return {group[0]: (group, levels[_style(group[0])]) for group in candidates}


def _groups(lines: Sequence[Line]) -> Iterator[tuple[Line, ...]]:
    """Group consecutive lines of one style with little space between, like those of a heading."""
    group: list[Line] = []
    for line in lines:
        if group and not (
            _style(line) == _style(group[-1])
            and 0 < line.middle - group[-1].middle < 1.6 * line.size
            and not _NUMBERED.match(line.text)
        ):
            yield tuple(group)
            group = []
        group.append(line)
    if group:
        yield tuple(group)


def begins_heading(previous: Line, line: Line) -> bool:
    """Whether a line in large type doesn't go on with the heading of the line before it."""
    is_far = abs(line.middle - previous.middle) > _FAR * line.size
    return is_far or _SECTION_NUMBER.match(line.text) is not None


def _style(line: Line) -> tuple[float, bool]:
    return (round(line.size), line.font.bold)


def _can_be_heading(group: Sequence[Line]) -> bool:
    words = " ".join(line.text for line in group)
    return (
        len(group) <= _LINES
        and len(words.split()) <= _LONGEST_WORDS
        and sum(map(str.isalpha, words)) > len(words) / 3
        and len(words) > 2
        and words[-1] not in ".,;:"
        and not group[0].font.fixed
        and not group[0].is_slanted
        and not _LEADERS.search(words)
        and all(len(line.segments) <= 2 for line in group)
    )


def _stands_out(group: Sequence[Line], lines: Sequence[Line], body: float) -> bool:
    """Whether a line of body size is bold and short, and the next line below is not bold."""
    number = lines.index(group[-1])
    next_line = lines[number + 1] if number + 1 < len(lines) else None
    return (
        group[0].font.bold
        and len(group) == 1
        and group[0].size > 0.93 * body
        and len(group[0].segments) == 1
        and len(group[0].text.split()) <= _LONGEST_BOLD_WORDS
        and next_line is not None
        and not next_line.font.bold
        and next_line.top > group[0].bottom - 0.5 * group[0].size
    )


def _levels(groups: Sequence[tuple[Line, ...]]) -> Mapping[tuple[float, bool], int]:
    """The level of each style: larger type is higher, and bold ranks above regular type."""
    styles = sorted({_style(group[0]) for group in groups}, reverse=True)
    return {style: min(level, _LEVELS) for level, style in enumerate(styles, start=1)}
