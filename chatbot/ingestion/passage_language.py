"""The language of each document and passage; a language that the document states wins."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from chatbot.text.languages import language_of, passage_language
from chatbot.types import Document, Passage

_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]+)*")


def with_language(document: Document) -> Document:
    """The document with the primary tag of its language, detected if it states none."""
    stated = document.metadata.language
    tag = _TAG.fullmatch(stated) if stated else None
    language = tag[1].lower() if tag else stated or language_of(document.text)
    if language == stated:
        return document
    return replace(document, metadata=replace(document.metadata, language=language))


def in_language(passage: Passage, document: Document) -> Passage:
    """The passage with its own language, which in a mixed document may differ from the rest."""
    language = passage_language(passage.text, document.metadata.language)
    return replace(passage, language=language)
