"""Collect lines into paragraphs and list items, for markup that is read line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.types import BlockKind

_DEEPEST: Final = 6


class LineBlocks:
    """The block that is being collected; a blank line, or another block, ends it."""

    def __init__(self, writer: DocumentWriter) -> None:
        self._writer = writer
        self._kind: BlockKind = "paragraph"
        self._lines: list[str] = []

    def line(self, text: str) -> None:
        """Continue the block; a blank line ends it."""
        if text.strip():
            self._lines.append(text.strip())
        else:
            self.end()

    def item(self, text: str) -> None:
        """Begin a list item."""
        self.end()
        self._kind = "item"
        self._lines.append(text)

    def heading(self, text: str, *, level: int) -> None:
        """Append a heading."""
        self.end()
        self._writer.add("heading", text, level=min(level, _DEEPEST))

    def paragraph(self, text: str) -> None:
        """Append a paragraph of its own."""
        self.end()
        self._writer.add("paragraph", text)

    def code(self, lines: Sequence[str]) -> None:
        """Append code."""
        self.end()
        self._writer.add("code", "\n".join(lines))

    def end(self) -> None:
        """Append what has been collected."""
        self._writer.add(self._kind, " ".join(self._lines))
        self._lines.clear()
        self._kind = "paragraph"
