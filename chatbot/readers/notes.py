"""Footnotes and endnotes: after the text, where they part no sentence from the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chatbot.readers.document_writer import DocumentWriter


class Note(NamedTuple):
    """A note by what it is called, such as "Footnote", and by its number on the page."""

    name: str
    number: str
    paragraphs: Sequence[str]


def write_notes(writer: DocumentWriter, notes: Iterable[Note], *, level: int) -> None:
    """Append the notes, each after its name and number.

    `level` is that of the highest heading, under which they would not belong: they get one like
    it. It is 0 in a text without headings, where the notes need none and would only name it.
    """
    headed = not level
    for note in notes:
        for place, text in enumerate(filter(str.strip, note.paragraphs)):
            if not headed:
                writer.add("heading", "Notes", level=level)
                headed = True
            label = f"{note.name} {note.number}: " if place == 0 else ""
            writer.add("paragraph", label + text)
