"""What the readers of XML formats share: their root, the words of an element, their tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    children,
    descendants,
    local,
    parse_xml,
)
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import one_line

_ENCODING: Final = re.compile(rb"<\?xml[^>]*\sencoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
# Elements inside a paragraph that stand by themselves.
_APART: Final = frozenset({"br", "p", "v", "list-item", "disp-formula", "break", "label"})


def xml_root_of(file: RawFile) -> Element | None:
    """The root of a file, or None if it isn't valid XML: then it can only be read leniently."""
    encoding = _ENCODING.match(file.data.lstrip())
    text = decode(file.data, declared=encoding.group(1).decode() if encoding else None)
    try:
        return parse_xml(_DECLARATION.sub("", text).lstrip().encode("utf-8", "replace"), "it")
    except UnreadableFile:
        return None


def words(element: Element | None, *without: str) -> str:
    """All words of an element on one line, without those of some elements in it."""
    return one_line("".join(_pieces(element, frozenset(without)))) if element is not None else ""


def _pieces(element: Element, without: frozenset[str]) -> Iterator[str]:
    yield element.text or ""
    for inner in element:
        name = local(inner)
        if name and name not in without:
            if name in _APART:
                yield " "
            yield from _pieces(inner, without)
            if name in _APART:
                yield " "
        yield inner.tail or ""


def write_xml_table(writer: DocumentWriter, table: Element) -> None:
    """Append a table whose rows and cells are named as in HTML."""
    grid = Grid()
    for row in descendants(table, "tr"):
        grid.add_row()
        for cell in children(row, "td", "th"):
            grid.add(
                words(cell),
                rows=_count(cell, "rowspan"),
                columns=_count(cell, "colspan"),
                head=local(cell) == "th",
            )
    write_table(writer, grid)


def _count(cell: Element, name: str) -> int:
    value = attribute(cell, name) or ""
    is_number = value.isascii() and value.isdigit() and len(value) < 6
    return max(1, min(int(value), 1_000)) if is_number else 1
