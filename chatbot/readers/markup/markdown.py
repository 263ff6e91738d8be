"""Markdown as readable text: the words without the markup, with headings and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.front_matter import metadata_of, split_front_matter, title_of
from chatbot.readers.markup.html import write_html
from chatbot.readers.media_types import MARKDOWN
from chatbot.readers.raised import raised
from chatbot.readers.raw_file import RawFile
from chatbot.readers.tables.grid import Grid
from chatbot.readers.tables.write_table import write_table
from chatbot.text.clean import clean
from chatbot.text.struck_through import STRUCK
from chatbot.types import BlockKind, Document

# The only inline tag that separates words.
_BREAK: Final = re.compile(r"<br\b", re.IGNORECASE)
_RAISED: Final = re.compile(r"<sup\b[^>]*>", re.IGNORECASE)


def read_markdown(file: RawFile) -> Iterator[Document]:
    """Yield one document; YAML front matter becomes its metadata."""
    fields, text = split_front_matter(decode(file.data))
    writer = DocumentWriter()
    write_markdown(writer, text)
    yield writer.document(
        file.name,
        source=file.name,
        media_type=MARKDOWN,
        title=title_of(fields),
        metadata=metadata_of(fields),
    )


def write_markdown(writer: DocumentWriter, text: str) -> None:
    """Append the blocks of a Markdown text."""
    kind: BlockKind = "paragraph"
    items = level = headers = 0
    table: Grid | None = None
    for token in _parser().parse(text):
        match token.type:
            case "heading_open":
                level = int(token.tag[1:])
            case "heading_close":
                level = 0
            case "list_item_open" | "list_item_close":
                items += token.nesting
                kind = "item" if items else "paragraph"
            case "table_open":
                table, headers = Grid(), 0
            case "thead_close" if table:
                headers = len(table.rows)
            case "tr_open" if table:
                table.add_row()
            case "table_close" if table:
                write_table(writer, table, headers=headers)
                table = None
            case "fence" | "code_block":
                writer.add("code", token.content)
            case "html_block":
                write_html(writer, token.content)
            case "inline" if table:
                table.add(_inline(token))
            case "inline" if level:
                writer.add("heading", _inline(token), level=level)
            case "inline":
                writer.add(kind, _inline(token))


def _parser() -> MarkdownIt:
    # By default markdown-it silently drops text nested deeper than twenty levels. With this limit
    # such text is read; beyond Python's recursion limit, the file is refused with a reason.
    parser = MarkdownIt("commonmark", {"maxNesting": 100_000})
    return parser.enable(["table", "strikethrough"])


def _inline(token: Token) -> str:
    """The words of inline text; a picture is replaced by its description."""
    words: list[str] = []
    start: int | None = None  # of raised words
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                words.append(child.content)
            case "image":
                words.append(_inline(child))
            case "s_open" | "s_close":
                words.append(STRUCK)
            case "softbreak" | "hardbreak":
                words.append(" ")
            case "html_inline" if _BREAK.match(child.content):
                words.append(" ")
            case "html_inline" if _RAISED.match(child.content):
                start = len(words)
            case "html_inline" if child.content.lower() == "</sup>" and start is not None:
                words[start:] = [raised("".join(words[start:]))]
                start = None
    return clean("".join(words))
