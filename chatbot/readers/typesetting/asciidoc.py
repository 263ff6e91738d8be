"""AsciiDoc: headings, lists, tables and blocks, with the attributes of its head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import iso_date, keywords, language_tag, own_author
from chatbot.readers.media_types import ASCIIDOC
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.readers.typesetting.line_blocks import LineBlocks
from chatbot.types import Document, Metadata

_HEADING: Final = re.compile(r"(={1,6}|#{1,6})\s+(.+?)(?:\s+\1)?\s*")
_ATTRIBUTE: Final = re.compile(r":(!?[\w-]+!?):\s*(.*)")
_AUTHOR: Final = re.compile(r"([^\W\d_][\w.'’ -]*?)\s*(?:<[^<>]*>)?")
_REVISION: Final = re.compile(r"v?[\d.]*,?\s*(\d{4}-\d{2}-\d{2}).*")
_ITEM: Final = re.compile(r"\s*(?:\*{1,5}|-|\.{1,5}|\d+\.|<\d+>)\s+(?:\[[ x*]\]\s+)?(.+)")
_TERM: Final = re.compile(r"\s*(\S.*?)(?::{2,4}|;;)(?:\s+(.*))?")
_DELIMITER: Final = re.compile(r"(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|`{3,}.*|--)\s*")
_TABLE: Final = re.compile(r"[|,:!]={3,}\s*")
_STYLE: Final = re.compile(r"\[(?:[\w\"'=,.#%*^<>| -]|\[[\w-]+\])*\]\s*")
_TITLE: Final = re.compile(r"\.([^\s.].*)")
_LABEL: Final = re.compile(r"(NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+(.*)")
_MACRO: Final = re.compile(r"(?:include|image|video|audio|toc|ifdef|ifndef|ifeval|endif)::.*")
_CELL: Final = re.compile(r"(?:(?<=\s)|^)(?:(\d*)(?:\.(\d+))?([+*]))?[<^>.]*[a-z]?\|")
_URL: Final = re.compile(r"((?:link:|mailto:|xref:|https?://|ftp://)[^\s\[\]<>\"']+)\[([^\[\]]*)\]")
_REFERENCE: Final = re.compile(r"<<([^<>,]+)(?:,\s*([^<>]+))?>>")
_INLINE: Final = re.compile(r"(?:footnote|kbd|btn|menu|icon|stem|pass):[\w-]*\[([^\[\]]*)\]")
_MARK: Final = re.compile(r"(?<![\w\\])([*_`#+^~]{1,2})(?=\S)(.{1,400}?)(?<=\S)\1(?!\w)")
# A longer line is neither a heading nor a term, and patterns would take long to tell.
_LONGEST_AUTHORS: Final = 300
_LONGEST_MARKED: Final = 5_000
_ANCHOR: Final = re.compile(r"\[\[[^\[\]]*\]\]")
_ATTRIBUTE_USE: Final = re.compile(r"\{([\w-]+)\}")


def read_asciidoc(file: RawFile) -> Iterator[Document]:
    """Yield one document; its attributes become its metadata."""
    writer = DocumentWriter()
    reading = _Reading(writer)
    reading.read(decode(file.data).split("\n"))
    known = reading.attributes
    yield writer.document(
        file.name,
        source=file.name,
        media_type=ASCIIDOC,
        title=known.get("title"),
        metadata=Metadata(
            author=own_author(known.get("author"), known.get("authors")),
            date=iso_date(known.get("revdate"), known.get("date")),
            language=language_tag(known.get("lang")),
            tags=keywords([known.get("keywords")]),
        ),
    )


class _Reading:
    """Reads a text line by line."""

    def __init__(self, writer: DocumentWriter) -> None:
        self._writer = writer
        self._blocks = LineBlocks(writer)
        self.attributes: dict[str, str] = {}

    def read(self, lines: list[str]) -> None:
        number = self._head(lines)
        is_code = False
        while number < len(lines):
            line = lines[number]
            number += 1
            if _TABLE.fullmatch(line):
                end = _end(lines, number, line)
                self._table(lines[number:end], line[0])
                number = end + 1
            elif fence := _DELIMITER.fullmatch(line):
                number = self._fenced(lines, number, fence[1], is_code=is_code)
                is_code = False
            elif _STYLE.fullmatch(line):
                is_code = "source" in line or "listing" in line
            else:
                self._line(line)
        self._blocks.end()

    def _head(self, lines: list[str]) -> int:
        """Read the title, the author and the revision below it; the number of the next line."""
        number = 0
        while number < len(lines) and (not lines[number].strip() or lines[number].startswith("//")):
            number += 1
        if number == len(lines) or not re.match(r"[=#]\s", lines[number]):
            return number
        self._line(lines[number])
        following = lines[number + 1 : number + 3]
        if (
            following
            and len(following[0]) < _LONGEST_AUTHORS
            and (_AUTHOR.fullmatch(following[0].split(";")[0]))
        ):
            authors = [_AUTHOR.fullmatch(part.strip()) for part in following[0].split(";")]
            names = [author[1].replace("_", " ") for author in authors if author]
            self.attributes["author"] = "; ".join(names)
            number += 1
            if len(following) > 1 and (revision := _REVISION.fullmatch(following[1])):
                self.attributes["revdate"] = revision[1]
                number += 1
        return number + 1

    def _line(self, line: str) -> None:
        blocks = self._blocks
        if attribute := _ATTRIBUTE.fullmatch(line):
            self.attributes[attribute[1].lower()] = attribute[2]
        elif len(line) > _LONGEST_MARKED:
            blocks.line(line)
        elif heading := _HEADING.fullmatch(line):
            blocks.heading(self._plain(heading[2]), level=len(heading[1]))
        elif line.startswith("//") or _MACRO.fullmatch(line):
            blocks.end()
        elif line.strip() == "+":
            blocks.line("")
        elif title := _TITLE.fullmatch(line):
            blocks.paragraph(self._plain(title[1]))
        elif item := _ITEM.fullmatch(line):
            blocks.item(self._plain(item[1]))
        elif label := _LABEL.fullmatch(line):
            blocks.end()
            blocks.line(self._plain(f"{label[1].capitalize()}: {label[2]}"))
        elif (term := _TERM.fullmatch(line)) and len(term[1]) < 100:
            blocks.item(self._plain(f"{term[1]}: {term[2] or ''}"))
        else:
            blocks.line(self._plain(line.removesuffix(" +")))

    def _fenced(self, lines: list[str], start: int, fence: str, *, is_code: bool) -> int:
        """Read a block between two equal lines; the number of the line after it."""
        self._blocks.end()
        is_comment = fence[0] == "/" or (fence[0] == "+" and not is_code)
        if not is_comment and not (fence[0] in "-.`" and (fence != "--" or is_code)):
            # The block is read like the text around it.
            return start
        end = _end(lines, start, "```" if fence.startswith("`") else fence)
        self._blocks.code([] if is_comment else lines[start:end])
        return end + 1

    def _table(self, lines: list[str], mark: str) -> None:
        """Append a table. Rows are lines, unless its first line is followed by one cell a line."""
        self._blocks.end()
        if mark in ",:":
            grid = Grid(
                [[self._plain(cell) for cell in line.split(mark)] for line in lines if line]
            )
            write_table(self._writer, grid)
            return
        rows = [self._cells(line) for line in lines]
        first = next((row for row in rows if row), [])
        width = sum(columns for _, columns, _ in first)
        headers = 1 if len(lines) > 1 and lines[0].strip() and not lines[1].strip() else None
        grid = Grid()
        filled = width
        for number, row in enumerate(rows):
            if not row and lines[number].strip() and grid.rows and grid.rows[-1]:
                # A line without a cell continues the last one.
                grid.rows[-1][-1] += f" {self._plain(lines[number].strip())}"
            for text, columns, below in row:
                if filled >= width:
                    grid.add_row()
                    filled = _covered(grid, width)
                grid.add(text, columns=columns, rows=below)
                filled += columns
        write_table(self._writer, grid, headers=headers)

    def _cells(self, line: str) -> list[tuple[str, int, int]]:
        """The cells that begin in a line: text, columns and rows."""
        starts = list(_CELL.finditer(line))
        if not starts:
            return []
        ends = [*(start.start() for start in starts[1:]), len(line)]
        cells = []
        for start, end in zip(starts, ends, strict=True):
            text = self._plain(line[start.end() : end].strip())
            columns = int(start[1] or 1) if start[3] == "+" else 1
            cells.append((text, min(columns, 100), min(int(start[2] or 1), 1_000)))
        return cells

    def _plain(self, text: str) -> str:
        """A text without its markup: links become their words."""
        text = _ATTRIBUTE_USE.sub(lambda use: self.attributes.get(use[1].lower(), use[0]), text)
        text = _INLINE.sub(r" (\1)", _ANCHOR.sub("", text))
        text = _URL.sub(lambda link: link[2].split(",")[0].rstrip("^") or link[1], text)
        text = _REFERENCE.sub(lambda link: link[2] or link[1], text)
        return _MARK.sub(r"\2", _MARK.sub(r"\2", text))


def _end(lines: list[str], start: int, mark: str) -> int:
    """The number of the line that ends a block; the end of the text if none does."""
    for number in range(start, len(lines)):
        if lines[number].rstrip() == mark.rstrip():
            return number
    return len(lines)


def _covered(grid: Grid, width: int) -> int:
    """How many columns of the last row are covered by cells above it."""
    row = len(grid.rows) - 1
    return sum(grid.origin(row, column) != (row, column) for column in range(width))
