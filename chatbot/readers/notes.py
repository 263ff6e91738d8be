"""Footnotes and endnotes, written after the text so that they don't interrupt its sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chatbot.readers.document_writer import DocumentWriter


class Note(NamedTuple):
    """A note: its name, such as "Footnote", its number in the text, and its paragraphs."""

    name: str
    number: str
    paragraphs: Sequence[str]


def write_notes(writer: DocumentWriter, notes: Iterable[Note], *, level: int) -> None:
    """Append the notes, each with its name and number.

    `level` is the level of the highest heading, or 0 for a text without headings. The notes get a
    heading of that level, so that they don't belong to the last section. With 0 they get none,
    because it would become the document's title.
    """
    has_heading = not level
    for note in notes:
        for index, text in enumerate(filter(str.strip, note.paragraphs)):
            if not has_heading:
                writer.add("heading", "Notes", level=level)
                has_heading = True
            label = f"{note.name} {note.number}: " if index == 0 else ""
            writer.add("paragraph", label + text)
