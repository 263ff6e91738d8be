"""Subtitles as text: whole sentences, under headings with the time and the speakers.

A sentence usually runs over several cues. Sections begin about every half minute, at the end of a
sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title, language_tag, own_title
from chatbot.readers.media_types import SUBTITLES
from chatbot.readers.raw_file import RawFile
from chatbot.readers.subtitles.cues import Cue, alpha_title, cues_of
from chatbot.text.scripts import UNSPACED
from chatbot.types import Document, Metadata

_SECTION_SECONDS: Final = 30
# Transcripts by machines have no full stops. They are cut at a pause, or where they get long.
_PAUSE_SECONDS: Final = 6
_LONG_PARAGRAPH: Final = 250
_LONGEST_PARAGRAPH: Final = 1_000
_END: Final = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*$")
_LANGUAGE: Final = re.compile(r"\AWEBVTT[^\n]*\n(?:[^\n]+\n)*?Language: *([\w-]+)")


@dataclass(slots=True)
class _Section:
    """Paragraphs from one time on, and who speaks in them."""

    seconds: int
    paragraphs: list[str] = field(default_factory=list)
    speakers: list[str] = field(default_factory=list)


def read_subtitles(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    text = decode(file.data)
    writer = DocumentWriter()
    for section in _sections(cues_of(text)):
        time = _clock(section.seconds)
        writer.add("heading", " · ".join([time, *filter(None, section.speakers)]), level=1)
        for paragraph in section.paragraphs:
            writer.add("paragraph", paragraph)
    language = _LANGUAGE.match(text)
    yield writer.document(
        file.name,
        source=file.name,
        media_type=SUBTITLES,
        title=own_title(alpha_title(text)) or file_title(file.name),
        metadata=Metadata(language=language_tag(language.group(1)) if language else None),
    )


def _sections(cues: Iterator[Cue]) -> Iterator[_Section]:
    section: _Section | None = None
    before: Cue | None = None
    for cue in cues:
        begins = before is None or section is None or _begins(before, cue, section)
        if section and begins and cue.seconds - section.seconds >= _SECTION_SECONDS:
            yield section
            section = None
        section = section or _Section(cue.seconds)
        if cue.speaker not in section.speakers:
            section.speakers.append(cue.speaker)
        if begins or not section.paragraphs:
            section.paragraphs.append(cue.words)
        else:
            section.paragraphs[-1] = _joined(section.paragraphs[-1], cue.words)
        before = cue
    if section:
        yield section


def _begins(before: Cue, cue: Cue, section: _Section) -> bool:
    """Whether a cue begins a paragraph: it doesn't go on with the sentence before it."""
    paragraph = section.paragraphs[-1]
    if cue.speaker != before.speaker or cue.sound or before.sound:
        return True
    if _END.search(paragraph):
        is_late = cue.seconds - section.seconds >= _SECTION_SECONDS
        paused = cue.seconds - before.seconds >= _PAUSE_SECONDS
        return is_late or paused or len(paragraph) > _LONG_PARAGRAPH
    paused = cue.seconds - before.seconds >= _PAUSE_SECONDS and not paragraph.endswith(",")
    return (paused and not cue.words[0].islower()) or len(paragraph) > _LONGEST_PARAGRAPH


def _joined(paragraph: str, words: str) -> str:
    """Two pieces of a paragraph, with a space between them except in Chinese, Japanese or Thai."""
    unspaced = UNSPACED.match(words) and UNSPACED.fullmatch(paragraph[-1])
    return f"{paragraph}{'' if unspaced else ' '}{words}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
