"""Markdown as readable text: the words without the marks, headings and tables kept."""

from __future__ import annotations

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatbot.readers.build import CELLS, DocumentWriter
from chatbot.readers.decode import decode
from chatbot.readers.front_matter import metadata_of, split_front_matter, title_of
from chatbot.readers.html import plain_words
from chatbot.readers.raw import RawFile
from chatbot.text.clean import clean
from chatbot.types import BlockKind, Document


def read_markdown(file: RawFile) -> Iterator[Document]:
    """One document; YAML front matter becomes its metadata."""
    fields, text = split_front_matter(decode(file.data))
    writer = DocumentWriter()
    write_markdown(writer, text)
    yield writer.document(
        file.name,
        source=file.name,
        media_type="text/markdown",
        title=title_of(fields),
        metadata=metadata_of(fields),
    )


def write_markdown(writer: DocumentWriter, text: str) -> None:
    """Append the blocks of a Markdown text."""
    kind: BlockKind = "paragraph"
    row: BlockKind = "row"
    items = level = 0
    cells: list[str] | None = None
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text):
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "list_item_open" | "list_item_close":
                items += token.nesting
                kind = "item" if items else "paragraph"
            case "thead_open":
                row = "header_row"
            case "thead_close":
                row = "row"
            case "tr_open":
                cells = []
            case "tr_close" if cells is not None:
                writer.add(row, CELLS.join(cells))
                cells = None
            case "fence" | "code_block":
                writer.add("code", token.content)
            case "html_block":
                writer.add("paragraph", plain_words(token.content))
            case "inline" if cells is not None:
                cells.append(_inline(token))
            case "inline" if level:
                writer.add("heading", _inline(token), level=level)
            case "inline":
                writer.add(kind, _inline(token))


def _inline(token: Token) -> str:
    """The words of a run of text; a picture stands as its description."""
    words = []
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                words.append(child.content)
            case "image":
                words.append(_inline(child))
            case "softbreak" | "hardbreak":
                words.append(" ")
            case "html_inline":
                words.append(plain_words(child.content))
    return clean("".join(words))
