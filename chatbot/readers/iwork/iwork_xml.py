"""Pages, Keynote and Numbers before 2013: one XML file."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import (
    Element,
    attribute,
    child,
    children,
    descendants,
    local,
    parse_xml,
)
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import plain_figure, write_table

INDEXES: Final = ("index.apxl", "index.xml")
# Placeholders, the slides of a theme, and the layout that each section repeats.
_UNSEEN: Final = frozenset(
    "ghost-text master-slides prototypes stylesheet layout sticky-note metadata".split()
)
_DAY_ZERO: Final = datetime(2001, 1, 1)  # noqa: DTZ001 - sheets have no time zone
_FURNITURE: Final = ("headers", "footers")
_TITLE: Final = "title-placeholder"


def write_iwork_xml(writer: DocumentWriter, data: bytes) -> None:
    """Append the slides, the sheets or the text. Raises UnreadableFile if the XML is damaged."""
    root = parse_xml(data, "its index")
    slides = child(root, "slide-list")
    if slides is not None:
        for number, slide in enumerate(children(slides, "slide"), start=1):
            _write_slide(writer, slide, number)
        return
    sheets = list(descendants(root, "workspace"))
    for sheet in filter(_has_words, sheets):
        writer.add("heading", attribute(sheet, "workspace-name") or "", level=1)
        _write(writer, sheet)
    if not sheets:
        storages = list(children(root, "text-storage"))
        for storage in storages:
            _write(writer, storage)
        for part in children(root):
            if part not in storages:
                _write(writer, part)


def _write_slide(writer: DocumentWriter, slide: Element, number: int) -> None:
    writer.start_page()
    titles = list(descendants(slide, _TITLE))
    title = " ".join(
        words for box in titles for text in descendants(box, "p") if (words := _text(text))
    )
    notes = child(slide, "notes")
    parts = [part for part in children(slide) if part is not notes and local(part) != _TITLE]
    if title or any(map(_has_words, children(slide))):
        writer.add("heading", title or f"Slide {number}", level=1)
    for part in parts:
        _write(writer, part, skip=(*_UNSEEN, _TITLE))
    if notes is not None and _has_words(notes):
        writer.add("heading", "Notes", level=2)
        _write(writer, notes)


def _has_words(node: Element) -> bool:
    if local(node) in _UNSEEN:
        return False
    values = (_cell(cell) for table in descendants(node, "datasource") for cell in children(table))
    return any(map(_text, descendants(node, "p"))) or any(values)


def _write(writer: DocumentWriter, node: Element, skip: tuple[str, ...] = tuple(_UNSEEN)) -> None:
    """Append the paragraphs and tables in an element, in the order of the file."""
    for element in children(node):
        match local(element):
            case name if name in skip:
                continue
            case name if name in _FURNITURE:
                for text in descendants(element, "p"):
                    writer.add_furniture("boilerplate", _text(text))
            case "p":
                for line in _text(element).split("\n"):
                    writer.add("paragraph", line)
            case "tabular-model":
                _write_table(writer, element)
            case _:
                _write(writer, element, skip)


def _text(paragraph: Element) -> str:
    words: list[str] = []
    _collect(paragraph, words)
    return "".join(words).strip()


def _collect(node: Element, words: list[str]) -> None:
    words.append(node.text or "")
    for inner in node:
        name = local(inner)
        if name in ("br", "lnbr", "crbr", "pgbr", "tab"):
            words.append(" " if name == "tab" else "\n")
        elif name and name not in _UNSEEN:
            _collect(inner, words)
        words.append(inner.tail or "")


def _write_table(writer: DocumentWriter, model: Element) -> None:
    """Append a table; its cells are in one list, row by row."""
    grid = child(model, "grid")
    width = _number(grid, "numcols")
    cells = [
        text
        for cell in children(child(grid, "datasource"))
        for text in [_cell(cell)] * _repeats(cell)
    ]
    if not width or not any(cells):
        return
    if attribute(model, "name-is-visible") != "false":
        writer.add("paragraph", attribute(model, "name") or "")
    rows = [cells[start : start + width] for start in range(0, len(cells), width)]
    write_table(writer, Grid(rows), headers=_number(model, "num-header-rows") or None)


def _repeats(cell: Element) -> int:
    """The number of slots that an element stands for: empty ones are counted."""
    return max(1, _number(cell, "ct")) if local(cell) == "g" else 1


def _number(element: Element | None, name: str) -> int:
    value = attribute(element, name) or ""
    return int(value) if value.isdigit() and len(value) < 6 else 0


def _cell(cell: Element) -> str:
    """What a cell shows; a formula shows its result."""
    for value in cell.iter():
        match local(value):
            case "ct" | "rt":
                words = attribute(value, "s")
                return (
                    words
                    if words is not None
                    else " ".join(filter(None, map(_text, descendants(value, "p"))))
                )
            case "d" | "rd" if (seconds := attribute(value, "cell-date")) is not None:
                return _date(seconds)
            case "n" | "rn" | "d" | "rd" | "du" | "cb":
                return plain_figure(attribute(value, "v") or "")
    return ""


def _date(seconds: str) -> str:
    """A date as ISO 8601, from the seconds since the beginning of 2001."""
    try:
        moment = _DAY_ZERO + timedelta(seconds=float(seconds))
    except (ValueError, OverflowError):
        return seconds
    return str(moment.date()) if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M}"
