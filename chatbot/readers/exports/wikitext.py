"""Wikitext as text: headings, lists and tables; links become their words.

The fields of an infobox are rows. Other templates are mostly notes and sources, so they are left
out, except those that only format their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.readers.typesetting.line_blocks import LineBlocks
from chatbot.text.clean import one_line

_REDIRECT: Final = re.compile(r"\s*#\w+\s*:?\s*\[\[", re.IGNORECASE)
_HEADING: Final = re.compile(r"(={1,6})\s*(\S.{0,300}?)\s*\1\s*")
_ITEM: Final = re.compile(r"[*#:;]+\s*(.*)")
_CATEGORY: Final = re.compile(
    r"\[\[\s*(?:Category|Kategorie|Catégorie|Категория)\s*:([^\]|]+)[^\]]*\]\]"
)
_LINK: Final = re.compile(r"\[\[([^\[\]|]*)(?:\|([^\[\]]*))?\]\]")
_FILE: Final = re.compile(r"(?:File|Image|Datei|Bild|Fichier|Файл)\s*:", re.IGNORECASE)
_EXTERNAL: Final = re.compile(r"\[(?:https?:)?//\S+(?:\s+([^\]]*))?\]")
_UNSEEN: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<ref\b[^>/]*/>|<(ref|gallery|timeline|score)\b[^>]*>.*?</\1>|__[A-Z]+__",
    re.DOTALL | re.IGNORECASE,
)
_CODE: Final = re.compile(
    r"<(syntaxhighlight|source|pre)\b[^>]*>(.*?)</\1>", re.DOTALL | re.IGNORECASE
)
_BREAK: Final = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_BOLD: Final = re.compile(r"'{2,5}")
_BRACES: Final = re.compile(r"\{\{|\}\}")
_ATTRIBUTES: Final = re.compile(r"^[^|\[\]{}]*?\w+\s*=\s*[\"']?[^|\[\]]*?\|(?!\|)")
_SPAN: Final = re.compile(r"(row|col)span\s*=\s*[\"']?\s*(\d{1,3})")
_LONGEST_TEMPLATE: Final = 20_000


def is_redirect(text: str) -> bool:
    """Whether a page only leads to another one."""
    return _REDIRECT.match(text) is not None and len(text) < 500


def write_wikitext(writer: DocumentWriter, text: str) -> tuple[str, ...]:
    """Append the blocks of a page, and return its categories."""
    categories = tuple(one_line(match[1]) for match in _CATEGORY.finditer(text))
    text = _CATEGORY.sub("", _UNSEEN.sub("", text))
    blocks = LineBlocks(writer)
    position = 0
    for code in _CODE.finditer(text):
        _write_lines(writer, blocks, _expanded(text[position : code.start()]).split("\n"))
        blocks.code([unescape(code[2])])
        position = code.end()
    _write_lines(writer, blocks, _expanded(text[position:]).split("\n"))
    return tuple(dict.fromkeys(categories))


def _write_lines(writer: DocumentWriter, blocks: LineBlocks, lines: list[str]) -> None:
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        number += 1
        if line.startswith("{|"):
            end = number
            while end < len(lines) and not lines[end].strip().startswith("|}"):
                end += 1
            blocks.end()
            _write_table(writer, lines[number:end])
            number = end + 1
        elif heading := _HEADING.fullmatch(line):
            blocks.heading(_plain(heading[2]), level=len(heading[1]))
        elif item := _ITEM.fullmatch(line):
            blocks.item(_plain(item[1]))
        elif line.startswith("\0"):
            blocks.end()
            writer.add("row", _plain(line[1:]))
        elif line.startswith("[[") and _FILE.match(line[2:]):
            blocks.paragraph(_plain(line))
        elif line.startswith("----"):
            blocks.end()
        else:
            blocks.line(_plain(line))
    blocks.end()


def _expanded(text: str) -> str:
    """The text with its templates replaced, the innermost ones first."""
    open_at: list[int] = []
    pieces: list[list[str]] = [[]]
    position = 0
    for brace in _BRACES.finditer(text):
        pieces[-1].append(text[position : brace.start()])
        position = brace.end()
        if brace[0] == "{{":
            open_at.append(brace.start())
            pieces.append([])
        elif open_at:
            open_at.pop()
            inner = "".join(pieces.pop())
            pieces[-1].append(_template(inner))
    pieces[-1].append(text[position:])
    # A template without end is text.
    return "".join(map("".join, pieces))


def _template(content: str) -> str:
    """The words of a template: the fields of an infobox, or what it formats."""
    if len(content) > _LONGEST_TEMPLATE:
        return content
    name, *fields = _split(content)
    name = name.strip().lower()
    if name.startswith("infobox") or (len(fields) > 2 and "\n|" in content and "cite" not in name):
        pairs = (field.partition("=") for field in fields)
        rows = (
            f"\n\0{one_line(key)}: {one_line(_TAG.sub(' ', value))}"
            for key, _, value in pairs
            if one_line(value)
        )
        return "".join(rows) + "\n"
    plain = [field.strip() for field in fields if "=" not in field]
    if name in ("convert", "val", "cvt"):
        return " ".join(plain[:2])
    if name.startswith(
        ("lang", "transl", "nowrap", "small", "abbr", "as of", "ipa", "sic", "nobr")
    ):
        return plain[0] if name.startswith("abbr") and plain else "".join(plain[-1:])
    return ""


def _split(content: str) -> list[str]:
    """The parts of a template; a bar in a link doesn't separate parts."""
    safe = _LINK.sub(lambda link: link[0].replace("|", "\1"), content)
    return [part.replace("\1", "|") for part in safe.split("|")]


def _write_table(writer: DocumentWriter, lines: list[str]) -> None:
    """Append a table: `|-` begins a row, `!` a name, `|` a cell."""
    grid = Grid()
    row_begun = False
    for raw in lines:
        line = raw.strip()
        if line.startswith("|+"):
            writer.add("paragraph", _plain(line[2:]))
        elif line.startswith("|-"):
            row_begun = False
        elif line.startswith(("|", "!")):
            if not row_begun:
                grid.add_row()
                row_begun = True
            for cell in _cells(line):
                spans = {span[1]: int(span[2]) for span in _SPAN.finditer(cell[0])}
                grid.add(
                    _plain(cell[1]),
                    rows=spans.get("row") or 1,
                    columns=spans.get("col") or 1,
                    head=line[0] == "!",
                )
        elif line and grid.rows and grid.rows[-1]:
            grid.rows[-1][-1] = f"{grid.rows[-1][-1]} {_plain(line)}".strip()
    write_table(writer, grid)


def _cells(line: str) -> Iterator[tuple[str, str]]:
    """The cells in a line, each with its attributes."""
    safe = _LINK.sub(lambda link: link[0].replace("|", "\1"), line[1:])
    for cell in re.split(r"\|\||!!" if line[0] == "!" else r"\|\|", safe):
        attributes = _ATTRIBUTES.match(cell)
        start = attributes.end() if attributes else 0
        yield cell[:start], cell[start:].replace("\1", "|")


def _plain(text: str) -> str:
    """A line without its markup."""
    for _ in range(3):  # links in the captions of pictures
        text = _LINK.sub(_link_words, text)
    text = _EXTERNAL.sub(lambda link: link[1] or "", text)
    return one_line(
        unescape(_BOLD.sub("", _TAG.sub(" ", text) if "<br" in text else _TAG.sub("", text)))
    )


def _link_words(link: re.Match[str]) -> str:
    if _FILE.match(link[1]):
        return (link[2] or "").rpartition("|")[2] if link[2] and " " in link[2] else ""
    return link[2].rpartition("|")[2] if link[2] else link[1].lstrip(":")
