"""Jupyter notebooks: prose cells as Markdown, code cells as code, their outputs as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title, own_title
from chatbot.readers.markup.front_matter import metadata_of
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.markdown import write_markdown
from chatbot.readers.media_types import NOTEBOOK
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

# Colours that a terminal would show.
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What a cell shows when its output is an object without text.
_OBJECT: Final = re.compile(r"<[\w.]+([: ][^<>\n]*)?>|\[<[\w.]+ [^\n]*>\]")
_LONGEST_OUTPUT: Final = 20_000


def read_notebook(file: RawFile) -> Iterator[Document]:
    """Yield one document; its title is its first heading."""
    try:
        notebook = json.loads(decode(file.data))
    except ValueError as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it is not a notebook ({failure})") from failure
    writer = DocumentWriter()
    for cell in _cells(notebook):
        _write_cell(writer, cell)
    stated = notebook.get("metadata") if isinstance(notebook, dict) else None
    fields = stated if isinstance(stated, dict) else {}
    plain = {name: fields[name] for name in ("authors", "date", "tags") if name in fields}
    title = fields.get("title")
    yield writer.document(
        file.name,
        source=file.name,
        media_type=NOTEBOOK,
        title=own_title(title if isinstance(title, str) else None, writer.heading())
        or file_title(file.name),
        metadata=metadata_of({**plain, "authors": _names(plain.get("authors"))}),
    )


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    """The cells in order; before version 4 they were in worksheets."""
    sheets = _items(notebook, "worksheets") or [notebook]
    for sheet in sheets:
        yield from _items(sheet, "cells")


def _write_cell(writer: DocumentWriter, cell: dict[str, Any]) -> None:
    text = _text(cell.get("source", cell.get("input")))
    match cell.get("cell_type"):
        case "markdown":
            write_markdown(writer, text)
        case "heading":
            level = cell.get("level")
            writer.add("heading", text, level=level if isinstance(level, int) else 1)
        case "code":
            writer.add("code", text)
            for output in _items(cell, "outputs"):
                _write_output(writer, output)
        case _:
            writer.add("code", text)


def _write_output(writer: DocumentWriter, output: dict[str, Any]) -> None:
    """Append what a cell printed or shows, without pictures."""
    data = output.get("data")
    data = data if isinstance(data, dict) else output
    table = _text(data.get("text/html", data.get("html")))
    if "<table" in table:
        write_html(writer, table)
        return
    if markdown := _text(data.get("text/markdown")):
        write_markdown(writer, markdown)
        return
    text = _text(data.get("text/plain", data.get("text")))
    if output.get("output_type") == "error":
        text = f"{output.get('ename', '')}: {output.get('evalue', '')}"
    text = _ESCAPES.sub("", text)[:_LONGEST_OUTPUT]
    if not _OBJECT.fullmatch(text.strip()):
        writer.add("code", text)


def _items(value: Any, name: str) -> list[dict[str, Any]]:
    items = value.get(name) if isinstance(value, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _text(value: Any) -> str:
    """A text, which notebooks store whole or as a list of its lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _names(authors: Any) -> Any:
    """The names of authors, each of which may be an object."""
    if not isinstance(authors, list):
        return authors
    return [author.get("name") if isinstance(author, dict) else author for author in authors]
