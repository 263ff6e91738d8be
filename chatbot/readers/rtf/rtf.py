"""RTF: headings, lists, tables and notes; headers and footers as furniture.

Hidden and deleted text is left out. A damaged file is read as far as its braces are intact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import iso_date, keywords, own_author, own_title
from chatbot.readers.media_types import RTF
from chatbot.readers.notes import Note, write_notes
from chatbot.readers.office.embedded import inside
from chatbot.readers.pictures import PictureReader
from chatbot.readers.raised import raised
from chatbot.readers.raw_file import RawFile
from chatbot.readers.rtf.control_words import (
    CHARACTERS,
    FURNITURE,
    NUMBERS,
    OPTIONAL_TEXT,
    SIDE_TEXTS,
    SIGNS,
    UNSEEN,
    Token,
    page_encoding,
    tokens,
    whole,
)
from chatbot.readers.rtf.rtf_objects import bytes_of, embedded_objects
from chatbot.readers.rtf.rtf_state import BODY_LEVEL, Fonts, Paragraph, State
from chatbot.readers.rtf.rtf_table import RtfTable
from chatbot.readers.struck import struck
from chatbot.text.clean import one_line
from chatbot.types import Document, FurnitureKind, Metadata

_FIELDS: Final = frozenset("title author subject keywords revtim creatim".split())
_HEADING_NAMES: Final = {f"heading {level}": level - 1 for level in range(1, 10)} | {"title": 0}


def read_rtf(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the document, then the files embedded in it."""
    writer = DocumentWriter()
    reading = _RtfReading(writer)
    for token in tokens(file.data):
        reading.take(token)
    reading.finish()
    fields = {name: "".join(words) for name, words in reading.fields.items()}
    subject = one_line(fields.get("subject", ""))
    yield writer.document(
        file.name,
        source=file.name,
        media_type=RTF,
        title=own_title(fields.get("title")) or reading.title,
        metadata=Metadata(
            author=own_author(fields.get("author")),
            date=iso_date(fields.get("revtim"), fields.get("creatim")),
            tags=keywords([fields.get("keywords")]),
            extra={"subject": subject} if subject else {},
        ),
    )
    yield from inside(file, embedded_objects(file.data))


class _RtfReading:
    """Follows the groups of a file, and writes each paragraph when it ends."""

    def __init__(self, writer: DocumentWriter) -> None:
        self._writer = writer
        self._state = State()
        self._groups: list[State] = []
        self._encoding = "cp1252"
        self._fonts = Fonts()
        self._default_font: int | None = None
        self._outlines: dict[int, int] = {}
        self._bytes = b""
        self._to_skip = 0
        self._optional = False
        self._side_texts: dict[str, list[str]] = {}
        self._paragraph = Paragraph()
        self._table = RtfTable()
        self._pictures = PictureReader()
        self._picture_digits: list[bytes] = []
        self._notes: list[Note] = []
        self._note_kind = "Footnote"
        self._furniture: dict[tuple[FurnitureKind, str], None] = {}
        self._highest = 0
        self._defined_style: tuple[int, int] = (0, BODY_LEVEL)
        self.fields: dict[str, list[str]] = {}
        self.title: str | None = None

    def take(self, token: Token) -> None:
        """Process one token."""
        if token.text:
            self._take_bytes(token.text)
            return
        self._end_bytes()
        if token.word == "{":
            self._groups.append(replace(self._state))
            self._to_skip = 0
        elif token.word == "}":
            self._close()
        elif token.sign == "*":
            self._optional = True
        elif token.sign in SIGNS:
            self._put(SIGNS[token.sign])
        elif token.word:
            self._take_word(token.word, token.number)

    def finish(self) -> None:
        """Write the pending paragraph, table, notes and furniture at the end of the file."""
        self._end_bytes()
        self._end_paragraph()
        self._end_table()
        write_notes(self._writer, self._notes, level=self._highest)
        for kind, words in self._furniture:
            self._writer.add_furniture(kind, words)

    # -- groups ----------------------------------------------------------------------------

    def _close(self) -> None:
        """End a group, and record the note, header or style that it defined."""
        group, self._to_skip, self._optional = self._state, 0, False
        if self._groups:
            self._state = self._groups.pop()
        if group.destination == self._state.destination:
            if group.destination == "stylesheet":
                self._define_style()
            return
        words = "".join(self._side_texts.pop(group.destination, []))
        if group.destination == "picture":
            self._end_picture()
        elif group.destination in NUMBERS and self._state.destination == "body":
            self._paragraph.number = one_line(words)
        elif group.destination == "footnote":
            number = 1 + sum(note.name == self._note_kind for note in self._notes)
            self._notes.append(Note(self._note_kind, str(number), words.split("\n")))
            self._note_kind = "Footnote"
        elif group.destination in FURNITURE and one_line(words):
            kind: FurnitureKind = "metadata" if group.destination == "annotation" else "boilerplate"
            self._furniture[kind, one_line(words)] = None

    def _end_picture(self) -> None:
        """Write the words of a picture after those before it, or add them to a cell."""
        texts = self._pictures.paragraphs(bytes_of(b"".join(self._picture_digits)))
        self._picture_digits.clear()
        if self._paragraph.in_table:
            self._paragraph.words += [f"\n{text}\n" for text in texts]
        elif texts:
            self._end_paragraph()
            self._end_table()
            for text in texts:
                self._writer.add("paragraph", text)

    def _define_style(self) -> None:
        """Record the outline level of a style."""
        number, outline = self._defined_style
        name = one_line("".join(self._side_texts.pop("stylesheet", []))).rstrip(";").lower()
        outline = _HEADING_NAMES.get(name, outline)
        if outline < BODY_LEVEL:
            self._outlines[number] = outline
        self._defined_style = (0, BODY_LEVEL)

    def _take_word(self, word: str, number: int | None) -> None:
        optional, self._optional = self._optional, False
        state = self._state
        if word in UNSEEN or (optional and word not in OPTIONAL_TEXT):
            state.destination = "unseen"
        elif word == "pict":
            may_read = state.destination == "body" and not self._pictures.is_spent
            state.destination = "picture" if may_read else "unseen"
        elif word == "ud":
            state.destination = self._groups[-2].destination if len(self._groups) > 1 else "body"
        elif word in SIDE_TEXTS:
            state.destination = word if state.destination != "unseen" else "unseen"
        elif word in _FIELDS and state.destination == "info":
            state.destination = f"info {word}"
        elif word == "ftnalt":
            self._note_kind = "Endnote"
        elif state.destination == "fonttbl" and word == "fcharset":
            self._fonts.define(state.font, number, self._encoding)
        elif state.destination == "stylesheet" and word in ("s", "outlinelevel"):
            style, outline = self._defined_style
            self._defined_style = (number or 0, outline) if word == "s" else (style, number or 0)
        elif state.destination.endswith("tim") and word in ("yr", "mo", "dy"):
            self._put(f"{number:04}" if word == "yr" else f"-{number:02}")
        else:
            self._take_format(word, number)

    def _take_format(self, word: str, number: int | None) -> None:
        state = self._state
        match word:
            case "ansicpg":
                self._encoding = page_encoding(number)
            case "mac":
                self._encoding = "mac_roman"
            case "f":
                state.font = number
            case "deff":
                state.font = self._default_font = number
            case "uc":
                state.fallback_size = number if number is not None else 1
            case "u" if number is not None:
                self._put(chr(number % 0x10000))
                self._to_skip = state.fallback_size
            case "v" | "deleted":
                state.unseen = number != 0
            case "strike" | "striked":
                state.struck = number != 0
            case "super" | "sub" | "nosupersub":
                state.raised = word == "super" and number != 0
            case "plain":
                state.unseen = state.struck = state.raised = False
                state.font = self._default_font
            case "par" | "sect" | "cell" | "row" if state.destination != "body":
                self._put("\n")
            case "par" | "sect" | "cell" | "row":
                self._end(word)
            case _ if word in CHARACTERS:
                self._put(CHARACTERS[word])
            case _ if state.destination == "body":
                self._take_layout(word, number)

    def _take_layout(self, word: str, number: int | None) -> None:
        paragraph = self._paragraph
        match word:
            case "pard":
                self._paragraph = Paragraph(words=paragraph.words, number=paragraph.number)
            case "s":
                paragraph.style = number or 0
            case "outlinelevel":
                paragraph.outline = number or 0
            case "ls" | "pnlvlblt" | "pnlvlbody":
                paragraph.listed = True
            case "intbl":
                paragraph.in_table = True
            case _:
                self._table.take(word, number)

    def _take_bytes(self, text: bytes) -> None:
        """Collect bytes of text, except those that replace a Unicode character for old programs."""
        if self._state.destination == "picture":
            self._picture_digits.append(text)
            return
        skipped = min(self._to_skip, len(text))
        self._to_skip -= skipped
        self._bytes += text[skipped:]

    def _end_bytes(self) -> None:
        if self._bytes:
            text, self._bytes = self._bytes, b""
            self._put(self._fonts.text(self._state.font, text, self._encoding))

    def _put(self, words: str) -> None:
        destination = self._state.destination
        if destination == "fonttbl":
            self._fonts.names[self._state.font] += words.rstrip(";")
        if self._state.unseen or destination in ("unseen", "fonttbl", "info"):
            return
        if destination == "body":
            words = self._fonts.shown(self._state.font, words)
            words = raised(words) if self._state.raised else words
            self._paragraph.words.append(struck(words) if self._state.struck else words)
        elif destination.startswith("info "):
            self.fields.setdefault(destination.removeprefix("info "), []).append(words)
        else:
            self._side_texts.setdefault(destination, []).append(words)

    def _end(self, word: str) -> None:
        if word == "cell":
            self._table.end_cell(whole(self._paragraph.words))
            self._paragraph.words.clear()
        elif word == "row":
            self._table.end_row()
        elif self._paragraph.in_table:
            self._paragraph.words.append("\n")
        else:
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        paragraph, words = self._paragraph, one_line(whole(self._paragraph.words))
        self._paragraph = replace(paragraph, words=[], number=None)
        if not words:
            return
        self._end_table()
        outline = min(paragraph.outline, self._outlines.get(paragraph.style, BODY_LEVEL))
        words = paragraph.numbered(words, is_heading=outline < BODY_LEVEL)
        if outline < BODY_LEVEL:
            self.title = self.title or words
            self._highest = min(self._highest or outline + 1, outline + 1)
            self._writer.add("heading", words, level=outline + 1)
        else:
            self._writer.add(paragraph.kind, words)

    def _end_table(self) -> None:
        table, self._table = self._table, RtfTable()
        table.write(self._writer)
