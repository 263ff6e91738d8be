"""DrawingML, shared by slides, documents and sheets: paragraphs, tables, charts, diagrams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    content,
    descendants,
    local,
)
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raised import raised
from chatbot.readers.struck import joined, struck
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import plain_figure, write_table

_MERGED: Final = ("hMerge", "vMerge")
_TRUE: Final = ("1", "true")
_PICTURE_IDS: Final = ("embed", "id")


def paragraphs(body: Element | None) -> Iterator[str]:
    """The text of each paragraph of a text body."""
    for paragraph in children(body, "p"):
        yield paragraph_text(paragraph)


def paragraph_text(paragraph: Element) -> str:
    """The text of a paragraph, fields and formulas included."""
    words = []
    for node in content(paragraph):
        match local(node):
            case "br":
                words.append("\n")
            case "r" | "fld":
                run = "".join(text.text or "" for text in children(node, "t"))
                run = raised(run) if _is_raised(node) else run
                words.append(struck(run) if _is_struck(node) else run)
            case "m" | "oMath" | "oMathPara":
                words.extend(text.text or "" for text in descendants(node, "t"))
    return joined(words)


def _is_struck(run: Element) -> bool:
    return (attribute(child(run, "rPr"), "strike") or "noStrike") != "noStrike"


def _is_raised(run: Element) -> bool:
    share = attribute(child(run, "rPr"), "baseline") or "0"
    return share.strip("0%") != "" and not share.startswith("-")


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
            _write_chart(writer, package.tree(relation.target))
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


def _write_chart(writer: DocumentWriter, root: Element) -> None:
    """Append the data of a chart: its title, and a table of categories and series."""
    for title in descendants(root, "title"):
        writer.add("paragraph", " ".join(_rich(title)))
    series = list(descendants(root, "ser"))
    if not series:
        return
    names = [" ".join(_points(child(line, "tx"))) for line in series]
    categories = max((_points(_first(line, "cat", "xVal")) for line in series), key=len)
    values = [_points(_first(line, "val", "yVal")) for line in series]
    rows = [list(row) for row in zip_longest(categories, *values, fillvalue="")]
    table = Grid([["", *names], *rows] if any(names) else rows)
    write_table(writer, table, headers=int(any(names)))


def _rich(title: Element) -> Iterator[str]:
    for body in descendants(title, "rich"):
        yield from paragraphs(body)
    yield from (words for words in _points(child(title, "tx")) if words)


def _first(series: Element, *names: str) -> Element | None:
    return next(children(series, *names), None)


def _points(data: Element | None) -> Sequence[str]:
    """The values that a chart caches from its sheet, or the single literal value."""
    if data is None:
        return []
    values: dict[int, str] = {}
    for point in descendants(data, "pt"):
        index = point.get("idx", "")
        value = (value.text or "") if (value := child(point, "v")) is not None else ""
        if index.isdigit() and int(index) < 100_000:
            # With several levels of categories, the innermost comes first.
            values.setdefault(int(index), plain_figure(value))
    if not values:
        literal = child(data, "v")
        return [literal.text] if literal is not None and literal.text else []
    return [values.get(index, "") for index in range(max(values) + 1)]
