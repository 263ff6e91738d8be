"""Org: headings, lists, tables and blocks, without keywords and markup.

The state of a task, its times, tags and properties follow its heading as a record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import iso_date, keywords, language_tag, own_author, own_title
from chatbot.readers.media_types import ORG
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.readers.typesetting.line_blocks import LineBlocks
from chatbot.types import Document, Metadata

_HEADING: Final = re.compile(r"(\*+)\s+(.*)")
_STATE: Final = re.compile(
    r"(?:(TODO|DONE|NEXT|WAITING|CANCELLED|CANCELED)\s+)?(?:\[#([A-Z])\]\s*)?"
)
_TAGS: Final = re.compile(r"\s+:([\w@#%:]+):\s*$")
_KEYWORD: Final = re.compile(r"\s*#\+(\w+)(?:\[.*?\])?:\s*(.*)")
_BEGIN: Final = re.compile(r"\s*#\+begin_(\w+)\b.*", re.IGNORECASE)
_DRAWER: Final = re.compile(r"\s*:[\w-]+:\s*")
_ITEM: Final = re.compile(r"\s*(?:[-+]|\d+[.)]|\s\*)\s+(?:\[[ X-]\]\s+)?(.*)")
_TERM: Final = re.compile(r"(\S.*?)\s+::\s+")
_PLANNED: Final = re.compile(r"(CLOSED|DEADLINE|SCHEDULED):\s*[<\[]([^>\]]*)[>\]]")
_PROPERTY: Final = re.compile(r"\s*:([\w-]+):\s+(\S.*)")
_RULE: Final = re.compile(r"\s*\|[-+]+\|?\s*")
# Comments and other keywords.
_UNSEEN: Final = re.compile(r"\s*#(?:[ +].*)?")
_PLUMBING: Final = frozenset({"id", "custom_id", "created", "ordered", "visibility"})
_LINK: Final = re.compile(r"\[\[([^\[\]]*)\](?:\[([^\[\]]*)\])?\]")
_MARK: Final = re.compile(r"(?<![\w\\])([*/_=~+])(?=\S)(.{1,400}?)(?<=\S)\1(?!\w)")
_FOOTNOTE: Final = re.compile(r"\[fn:([\w-]*)(?::([^\]]*))?\]")
_LONGEST_DRAWER: Final = 50
_CODE: Final = frozenset({"src", "example", "export"})
_LISTED: Final = ("title", "author", "date", "language", "filetags", "keywords")


def read_org(file: RawFile) -> Iterator[Document]:
    """Yield one document; `#+TITLE` and the like become its metadata."""
    writer = DocumentWriter()
    fields = _write(writer, decode(file.data).split("\n"))
    listed = {name: fields.get(name, []) for name in _LISTED}
    yield writer.document(
        file.name,
        source=file.name,
        media_type=ORG,
        title=own_title(" ".join(listed["title"])),
        metadata=Metadata(
            author=own_author(*listed["author"]),
            date=iso_date(*(date.strip("<[ ") for date in listed["date"])),
            language=language_tag(*listed["language"]),
            tags=keywords(
                [*(tags.replace(":", ",") for tags in listed["filetags"]), *listed["keywords"]]
            ),
        ),
    )


def _write(writer: DocumentWriter, lines: list[str]) -> dict[str, list[str]]:
    """Append the blocks, and return the keywords."""
    fields: dict[str, list[str]] = {}
    blocks = LineBlocks(writer)
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if block := _BEGIN.fullmatch(line):
            name = block[1].lower()
            blocks.end()
            if name in _CODE or name == "comment":
                end = _end(lines, number, f"#+end_{name}")
                blocks.code(lines[number:end] if name in _CODE else [])
                number = end + 1
        elif heading := _HEADING.fullmatch(line):
            number = _write_heading(writer, blocks, heading, lines, number)
        elif _DRAWER.fullmatch(line) and (end := _end_of_drawer(lines, number)):
            blocks.end()
            number = end + 1
        elif keyword := _KEYWORD.fullmatch(line):
            fields.setdefault(keyword[1].lower(), []).append(keyword[2])
            if keyword[1].lower() == "caption":
                blocks.paragraph(_plain(keyword[2]))
        elif line.lstrip().startswith("|"):
            end = number
            while end < len(lines) and lines[end].lstrip().startswith("|"):
                end += 1
            blocks.end()
            _write_table(writer, lines[number - 1 : end])
            number = end
        elif item := _ITEM.fullmatch(line):
            blocks.item(_plain(_TERM.sub(r"\1: ", item[1], count=1)))
        elif _UNSEEN.fullmatch(line):
            blocks.end()
        elif line.lstrip().startswith(": "):
            blocks.code([line.lstrip()[2:]])
        else:
            blocks.line(_plain(line))
    blocks.end()
    return fields


def _write_heading(
    writer: DocumentWriter, blocks: LineBlocks, heading: re.Match[str], lines: list[str], start: int
) -> int:
    """Append a heading and the record of its task; the number of the line after both."""
    tags = _TAGS.search(heading[2])
    words = _TAGS.sub("", heading[2])
    state = _STATE.match(words)
    assert state
    blocks.heading(_plain(words[state.end() :]), level=len(heading[1]))
    fields = {"State": state[1], "Priority": state[2]}
    fields["Tags"] = ", ".join(filter(None, tags[1].split(":"))) if tags else ""
    number = start
    while number < len(lines) and (planned := _PLANNED.findall(lines[number])):
        fields |= {name.capitalize(): time for name, time in planned}
        number += 1
    if number < len(lines) and lines[number].strip().upper() == ":PROPERTIES:":
        end = _end_of_drawer(lines, number + 1)
        stated = map(_PROPERTY.fullmatch, lines[number + 1 : end])
        fields |= {
            field[1].capitalize(): _plain(field[2])
            for field in stated
            if field and field[1].lower() not in _PLUMBING
        }
        number = max(number, end + 1 if end else 0)
    blocks.end()
    writer.add_record(fields)
    return number


def _end(lines: list[str], start: int, mark: str) -> int:
    """The number of the line that ends a block; the end of the text if none does."""
    for number in range(start, len(lines)):
        if lines[number].strip().lower() == mark.lower():
            return number
    return len(lines)


def _end_of_drawer(lines: list[str], start: int) -> int:
    """The number of the line that ends a drawer; 0 if it isn't one."""
    nearby = lines[start : start + _LONGEST_DRAWER]
    ends = (number for number, line in enumerate(nearby, start) if line.strip().upper() == ":END:")
    return next(ends, 0)


def _write_table(writer: DocumentWriter, lines: list[str]) -> None:
    """Append a table; rows above the first rule are its header."""
    grid, headers, begun = Grid(), None, False
    for line in lines:
        if _RULE.fullmatch(line):
            if begun and headers is None:
                headers = len(grid.rows)
            continue
        begun = True
        grid.add_row()
        for cell in line.strip().strip("|").split("|"):
            grid.add(_plain(cell.strip()))
    write_table(writer, grid, headers=headers)


def _plain(text: str) -> str:
    """A text without its markup: links become their words."""
    text = _LINK.sub(lambda link: link[2] or link[1].removeprefix("file:"), text)
    text = _FOOTNOTE.sub(lambda note: f" ({note[2]})" if note[2] else f"[{note[1]}]", text)
    return _MARK.sub(r"\2", text).replace("\\\\", " ")
