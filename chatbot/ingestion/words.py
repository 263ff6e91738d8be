"""The words that a passage is found by, beside its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from chatbot.index.catalog import Catalog
from chatbot.index.lexical import LexicalDocument
from chatbot.text.clean import fold
from chatbot.types import Document, Passage

_NAME_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]{2,}|[A-Z]{2,}(?![^\W\d_A-Z])|(?:19|20)\d\d|\w{2,4}")


def label(document: Document) -> str:
    """What identifies a document: its title, and the words of its file's name that add to it.

    People name files by what the text takes for granted: a company, a year, a project.
    """
    known = {*fold(document.title).split()}
    stem = PurePosixPath(document.source).stem
    words = [word for part in re.split(r"[\W_]+", stem) for word in _name_words(part)]
    return " ".join([document.title, *(word for word in words if word.casefold() not in known)])


def _name_words(part: str) -> list[str]:
    """The words of one part of a name, "AnnualReport2023" being three; none of a hash."""
    words = _NAME_WORD.findall(part)
    return words if "".join(words) == part else []


def place_of(document: Document, passage: Passage) -> list[str]:
    """Where a passage stands: document, sections, and the line that introduces it."""
    lead = [passage.lead.of(document.text)] if passage.lead else []
    return [label(document), *passage.section, *lead]


def lexical_documents(catalog: Catalog) -> Iterator[LexicalDocument]:
    """What the passages of each document are found by."""
    for number, document in enumerate(catalog.documents()):
        rows = catalog.passage_rows(document.doc_id)
        passages = catalog.passages(rows)
        yield LexicalDocument(
            doc=number,
            first_row=rows.start,
            heads=["\n".join(place_of(document, passage)) for passage in passages],
            texts=[passage.text for passage in passages],
        )
