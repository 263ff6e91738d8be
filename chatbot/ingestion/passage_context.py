"""The words that a passage is found by, beside its own."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from chatbot.index.catalog import Catalog
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.lexical import LexicalDocument
from chatbot.index.opened_build import Build
from chatbot.text.clean import fold
from chatbot.types import Document, Passage

_NAME_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]{2,}|[A-Z]{2,}(?![^\W\d_A-Z])|(?:19|20)\d\d|\w{2,4}")


@lru_cache(maxsize=16)  # asked for each passage of a document, one after the other
def label(title: str, source: str) -> str:
    """What identifies a document: its title, and the words of its file's name that add to it.

    People name files by what the text takes for granted: a company, a year, a project.
    """
    known = {*fold(title).split()}
    stem = PurePosixPath(source).stem
    words = [word for part in re.split(r"[\W_]+", stem) for word in _name_words(part)]
    return " ".join([title, *(word for word in words if word.casefold() not in known)])


def _name_words(part: str) -> list[str]:
    """The words of one part of a name, "AnnualReport2023" being three; none of a hash."""
    words = _NAME_WORD.findall(part)
    return words if "".join(words) == part else []


def place_of(document: Document, passage: Passage) -> list[str]:
    """Where a passage stands: document, sections, and the line that introduces it."""
    lead = [passage.lead.of(document.text)] if passage.lead else []
    return [label(document.title, document.source), *passage.section, *lead]


def lexical_document(catalog: Catalog, number: int) -> LexicalDocument:
    """What the passages of a document are found by."""
    document = catalog.document_numbered(number)
    passages = catalog.passages(catalog.passage_rows(document.doc_id))
    return LexicalDocument(
        heads=["\n".join(place_of(document, each)) for each in passages],
        sentences=[[span.of(document.text) for span in each.sentences] for each in passages],
    )


def content_keys(writer: CatalogWriter, *, earlier: Build | None) -> NDArray[np.uint64]:
    """A number for each document, the same in two builds if its passages are the same."""
    _, documents, _, _ = writer.counts
    keys, fresh = np.empty(documents, np.uint64), np.ones(documents, np.bool_)
    if earlier:
        for docs, (here, there), *_ in writer.copied():
            keys[here : here + docs] = earlier.lexical.document_keys[there : there + docs]
            fresh[here : here + docs] = False
    hashed = [
        hashlib.blake2b(b"".join([doc_id.encode(), b"\0", *embedded]), digest_size=8).digest()
        for doc_id, embedded in writer.contents(np.flatnonzero(fresh).tolist())
    ]
    keys[fresh] = np.frombuffer(b"".join(hashed), np.uint64)
    return keys
