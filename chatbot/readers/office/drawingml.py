"""DrawingML, shared by slides, documents and sheets: paragraphs, tables, charts, diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    descendants,
)
from chatbot.readers.office.drawn_charts import write_chart
from chatbot.readers.office.drawn_text import paragraphs
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.pictures import PictureReader
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table

_MERGED: Final = ("hMerge", "vMerge")
_TRUE: Final = ("1", "true")
_PICTURE_IDS: Final = ("embed", "id")


def write_drawn_table(writer: DocumentWriter, table: Element) -> None:
    """Append a table of a slide; a merged cell keeps a slot for each cell that it covers."""
    grid = Grid()
    for number, row in enumerate(children(table, "tr")):
        grid.add_row()
        for column, cell in enumerate(children(row, "tc")):
            if not any(attribute(cell, name) in _TRUE for name in _MERGED):
                grid.put(
                    number,
                    column,
                    "\n".join(paragraphs(child(cell, "txBody"))),
                    rows=span_of(cell, "rowSpan"),
                    columns=span_of(cell, "gridSpan"),
                )
    has_header = attribute(child(table, "tblPr"), "firstRow") in _TRUE
    # The mark only says that the first row looks like a header; names in several rows count, too.
    stated = 1 if has_header and not grid.spans else None
    write_table(writer, grid, headers=stated if len(grid.rows) > 1 else 0)


def span_of(cell: Element, name: str) -> int:
    """The number of rows or columns that a cell covers."""
    value = attribute(cell, name) or "1"
    return max(1, int(value)) if value.isdigit() and len(value) < 6 else 1


def write_related(writer: DocumentWriter, package: OfficePackage, part: str, node: Element) -> None:
    """Append the charts and diagrams that a drawing in a part refers to."""
    relations = package.relations(part)
    ids = [
        value
        for reference in node.iter("{*}chart", "{*}relIds")
        for key, value in reference.attrib.items()
        if key.rpartition("}")[2] in ("id", "dm")
    ]
    for relation in (relations[key] for key in ids if key in relations):
        if relation.target not in package:
            continue
        if relation.kind == "chart":
            write_chart(writer, package.tree(relation.target))
        elif relation.kind == "diagramData":
            for text in _diagram(package.tree(relation.target)):
                writer.add("item", text)


def picture_texts(
    reader: PictureReader, package: OfficePackage, part: str, node: Element
) -> list[str]:
    """The paragraphs in the pictures of a drawing in a part."""
    relations = package.relations(part)
    texts: list[str] = []
    for reference in node.iter("{*}blip", "{*}imagedata"):
        ids = (v for key, v in reference.attrib.items() if key.rpartition("}")[2] in _PICTURE_IDS)
        relation = relations.get(next(ids, ""))
        if relation and relation.target in package:
            with suppress(UnreadableFile):
                texts += reader.paragraphs(package.read(relation.target))
    return texts


def write_pictures(
    writer: DocumentWriter, reader: PictureReader, package: OfficePackage, part: str, node: Element
) -> None:
    """Append the words in the pictures of a drawing in a part."""
    for text in picture_texts(reader, package, part, node):
        writer.add("paragraph", text)


def write_drawings(
    writer: DocumentWriter, package: OfficePackage, sheet: str, pictures: PictureReader
) -> None:
    """Append the text boxes, charts and pictures of a sheet, and its comments as furniture."""
    for part in package.related(sheet, "drawing"):
        root = package.tree(part)
        for body in descendants(root, "txBody"):
            for text in paragraphs(body):
                writer.add("paragraph", text)
        write_related(writer, package, part, root)
        write_pictures(writer, pictures, package, part, root)
    for part in package.related(sheet, "comments"):
        for comment in descendants(package.tree(part), "comment"):
            words = "".join(text.text or "" for text in descendants(comment, "t"))
            writer.add_furniture("metadata", words)


def _diagram(root: Element) -> Iterator[str]:
    """The text of each shape of a diagram, in the order of the file."""
    for point in descendants(root, "pt"):
        words = "\n".join(paragraphs(child(point, "t")))
        if words.strip():
            yield words
