"""Pieces of a PDF -> a document, with the position of each word on its page.

Words hyphenated at a line end are joined. The hyphen stays if the word has one elsewhere in the
document, if both of its parts are words there, or in a web address.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile
from typing import Final, NamedTuple

from chatbot.readers.document_writer import DocumentWriter, Placed
from chatbot.readers.pdf.form_fields import FormField
from chatbot.readers.pdf.lines import Line
from chatbot.readers.pdf.page_table import PageTable
from chatbot.readers.pdf.page_words import HYPHEN
from chatbot.readers.pdf.paragraphs import Piece
from chatbot.readers.pdf.running_lines import RunningLines
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import one_line
from chatbot.text.function_words import is_function_word
from chatbot.text.hyphens import is_left_open
from chatbot.text.struck_through import STRUCK
from chatbot.types import FurnitureKind, Span

_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Ideographs, kana, and their full-width signs; Korean has spaces, and Latin letters may, too.
_UNSPACED: Final = re.compile(
    "[\u3001-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]"
)
_HANGUL: Final = re.compile("[\uac00-\ud7a3]")
# The share of lines with a space at their end in a file that writes it wherever a word ends.
_SPACED: Final = 0.2
_HYPHENS: Final = f"{HYPHEN}-‐"
_SHORTEST_PART: Final = 4
# Nobody hyphenates a web address or a path.
_ADDRESS: Final = re.compile(r"[@/\\_]|\w\.\w")
_RUNNING: Final[tuple[FurnitureKind, ...]] = ("header", "footer", "page_number")


class LineJoiner:
    """Joins lines into text, guided by the words in the rest of the document."""

    def __init__(self, pages: Iterable[Sequence[Line]]) -> None:
        self._pages = pages
        self._words: frozenset[str] | None = None
        self._writes_spaces: bool | None = None

    def occurs(self, word: str) -> bool:
        """Whether the document has this word on one line somewhere."""
        if self._words is None:
            self._words = frozenset(
                word.casefold() for lines in self._pages for word in _whole_words(lines)
            )
        return word.casefold() in self._words

    def parts(self, lines: Sequence[Line], *, between: str = " ") -> list[Placed]:
        """The words of lines, each line followed by its separator."""
        return _struck_together(self._line_parts(lines, between))

    def _line_parts(self, lines: Sequence[Line], between: str) -> Iterator[Placed]:
        for line, next_line in zip(lines, [*lines[1:], None], strict=True):
            separator, drop_count = between if next_line else "", 0
            if next_line and between == " " and line.hyphenated:
                separator, drop_count = self._after_hyphen(line, next_line)
            elif next_line and between == " " and self._are_joined(line, next_line):
                separator = ""
            yield from _placed(line, separator, drop_count)

    def _are_joined(self, line: Line, next_line: Line) -> bool:
        """Whether two lines are joined without a space."""
        if _joins(line.text, next_line.text):
            return True
        if not _HANGUL.match(line.text[-1:]) or not _HANGUL.match(next_line.text[:1]):
            return False
        # A line of Korean may end within a word. Some files write the space where it doesn't.
        if _has_space_after(line):
            return False
        if self._writes_spaces is None:
            ends = [end for lines in self._pages for end in lines if _HANGUL.match(end.text[-1:])]
            self._writes_spaces = sum(map(_has_space_after, ends)) > _SPACED * len(ends)
        head, tail = _WORD.findall(line.text)[-1], _WORD.findall(next_line.text)[0]
        return self._writes_spaces or self.occurs(head + tail)

    def _after_hyphen(self, line: Line, next_line: Line) -> tuple[str, int]:
        """The separator after a hyphenated line, and the number of characters to drop."""
        stem = line.text.rstrip(_HYPHENS)
        count = len(line.text) - len(stem)
        head, tail = _WORD.findall(stem), _WORD.match(next_line.text)
        if count == 1 and stem[-1:].isdigit() and next_line.text[:1].isdigit():
            return ("", 0)  # a range
        if not tail or count > 1:
            return (" ", 0)
        second = tail.group()
        if not head or not stem.endswith(head[-1]):
            # After a figure or an abbreviation: "10-year", "U.S.-backed", but "5- to 10-year".
            is_compound = stem[-1:].isdigit() or stem[-1:] in (".", ")")
            return ("" if is_compound and not is_function_word(second.casefold()) else " ", 0)
        first = head[-1]
        if self.occurs(first + second):
            return ("", count)
        if is_left_open(second):
            return (" ", 0)
        kept = (
            self.occurs(f"{first}-{second}")
            or not second[0].islower()
            or len(first) == 1  # no word is divided after its first letter
            or self._are_words(first, second)
            or _ADDRESS.search(stem.split()[-1])
        )
        return ("", 0 if kept else count)

    def _are_words(self, first: str, second: str) -> bool:
        """Whether both are words of the document, such as "long" and "term".

        Two function words make one word, such as "without".
        """
        short = min(len(first), len(second)) < _SHORTEST_PART
        grammar = is_function_word(first.casefold()) and is_function_word(second.casefold())
        return not short and not grammar and self.occurs(first) and self.occurs(second)


def _whole_words(lines: Sequence[Line]) -> Iterator[str]:
    """The words of lines, without those that a line end divides."""
    divided = False
    for line in lines:
        words: list[str] = _WORD.findall(line.text)
        yield from words[divided : -1 if line.hyphenated else None]
        divided = line.hyphenated


def _joins(text: str, following: str) -> bool:
    """Whether two lines are joined without a space, as in Chinese and Japanese."""
    ends = text[-1:], following[:1]
    return all(map(_UNSPACED.fullmatch, ends)) and any(map(str.isalnum, ends))


def _has_space_after(line: Line) -> bool:
    """Whether the file has a space after the last word of a line."""
    end = int(line.page.words.stop[line.segments[-1].last - 1])
    return line.page.text[end : end + 1] == " "


def _placed(line: Line, separator_after: str, drop_count: int) -> Iterator[Placed]:
    """The words of a line, in the fewest pieces that keep the position of each character."""
    page, words = line.page, line.page.words
    first, last = line.segments[0].first, line.segments[-1].last
    if page.struck and not page.struck.isdisjoint(range(first, last)):
        yield from _with_strikes(line, separator_after, drop_count)
        return
    start, stop = int(words.start[first]), int(words.stop[last - 1]) - drop_count
    raw = page.text[start:stop]
    text = line.text
    if drop_count or HYPHEN in text:
        raw = raw.replace(HYPHEN, "-")
        text = one_line(raw)
    if page.scanned:
        box = (line.left, line.top, line.right, line.bottom)
        yield Placed(text, separator_after, page.number, box=box)
        return
    if len(text) == len(raw):
        yield Placed(text, separator_after, page.number, Span(start, stop) if page.placed else None)
        return
    yield from _word_by_word(line, range(first, last), separator_after, drop_count)


def _word_by_word(
    line: Line, numbers: range, separator_after: str, drop_count: int
) -> Iterator[Placed]:
    """Some words of a line, each with its own position; characters are dropped from the last."""
    page, words = line.page, line.page.words
    for word in numbers:
        is_last = word == numbers[-1]
        begin, end = int(words.start[word]), int(words.stop[word]) - is_last * drop_count
        text = one_line(page.text[begin:end].replace(HYPHEN, "-"))
        separator = separator_after if is_last else " "
        yield Placed(text, separator, page.number, Span(begin, end) if page.placed else None)


def _with_strikes(line: Line, separator_after: str, drop_count: int) -> Iterator[Placed]:
    """The words of a line, those that are struck through between marks."""
    page, last = line.page, line.segments[-1].last
    start = line.segments[0].first
    while start < last:
        struck, stop = start in page.struck, start + 1
        while stop < last and (stop in page.struck) == struck:
            stop += 1
        gap, dropped = (separator_after, drop_count) if stop == last else (" ", 0)
        if struck:
            yield Placed(STRUCK, "", page.number)
        yield from _word_by_word(line, range(start, stop), "" if struck else gap, dropped)
        if struck:
            yield Placed(STRUCK, gap, page.number)
        start = stop


def _struck_together(parts: Iterable[Placed]) -> list[Placed]:
    """The parts with one pair of marks around struck words that go on in the next line."""
    together: list[Placed] = []
    for part in parts:
        if part.words == STRUCK and together and together[-1].words == STRUCK:
            mark = together.pop()
            together[-1] = together[-1]._replace(after=mark.after)
        else:
            together.append(part)
    return together


def _write_table(
    writer: DocumentWriter, table: PageTable, before: PageTable | None, joiner: LineJoiner
) -> None:
    """Append a table; if it goes on from the page before, only repeated names are header rows."""
    grid = Grid()
    for cell in table.cells:
        parts = joiner.parts(cell.lines)
        text = "".join(part.words + part.after for part in parts)
        grid.put(cell.row, cell.column, text, rows=cell.rows, columns=cell.columns, placed=parts)
    headers = table.headers or table.bold_rows() or table.headers
    if before and not table.continues(before):
        before = None
    if before:
        pairs = zip(table.row_texts(), before.row_texts(), strict=False)
        headers = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    write_table(writer, grid, headers=headers, goes_on=before is not None)


class FilledField(NamedTuple):
    """A field of a form with what is typed into it."""

    page: int
    label: str
    field: FormField


def _write_fields(writer: DocumentWriter, fields: list[FilledField], before: float) -> None:
    """Append the fields of the pages before this one, each as a line with its label."""
    while fields and fields[0].page < before:
        page, label, field = fields.pop(0)
        text = f"{label}: {field.value}" if label else field.value
        writer.add_placed("paragraph", [Placed(text, "", page, box=field.box)])


def write(
    writer: DocumentWriter,
    pieces: Iterable[Piece | PageTable],
    fields: Sequence[FilledField],
    furniture: RunningLines,
    joiner: LineJoiner,
    pages: int,
) -> None:
    """Write the pieces, with the fields of each page after its pieces; then the running lines.

    Running lines come last, so they never interrupt a paragraph that spans two pages.
    """
    table: PageTable | None = None
    left = list(fields)
    for piece in pieces:
        first = piece.page if isinstance(piece, PageTable) else piece.lines[0].page.number
        _write_fields(writer, left, first)
        if isinstance(piece, PageTable):
            _write_table(writer, piece, table, joiner)
            table = piece
            continue
        table = None
        between = "\n" if piece.kind == "code" else " "
        writer.add_placed(piece.kind, joiner.parts(piece.lines, between=between), level=piece.level)
    _write_fields(writer, left, math.inf)
    writer.end_pages(pages)
    for kind in _RUNNING:
        # Each distinct line is listed once, where it occurs first; page numbers share one line.
        lines: dict[str, Line] = {}
        for parts_of_line in furniture.values():
            for line, line_kind in parts_of_line:
                if line_kind == kind:
                    lines.setdefault(line.text, line)
        placed_lines = [list(_placed(line, " ", 0)) for line in lines.values()]
        for words in [list(chain(*placed_lines))] if kind == "page_number" else placed_lines:
            writer.add_placed_furniture(kind, words)
