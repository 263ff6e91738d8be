"""The context that is indexed with a passage: document title, file name and headings."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from chatbot.index.catalog import Catalog
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.index.folder_build import FolderBuild
from chatbot.index.lexical import LexicalDocument
from chatbot.text.clean import fold
from chatbot.types import Document, Passage

_NAME_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]{2,}|[A-Z]{2,}(?![^\W\d_A-Z])|(?:19|20)\d\d|\w{2,4}")


@lru_cache(maxsize=16)  # called for each passage of a document in turn
def label(title: str, source: str) -> str:
    """A document's title, followed by the words of its file name that the title lacks.

    File names often state what the text takes for granted: a company, a year, a project.
    """
    title_words = {*fold(title).split()}
    stem = PurePosixPath(source).stem
    words = [word for part in re.split(r"[\W_]+", stem) for word in _name_words(part)]
    return " ".join([title, *(word for word in words if word.casefold() not in title_words)])


def _name_words(part: str) -> list[str]:
    """The words of one part of a file name: three for "AnnualReport2023", none for a hash."""
    words = _NAME_WORD.findall(part)
    return words if "".join(words) == part else []


def context_of(document: Document, passage: Passage) -> list[str]:
    """A passage's context: its document's label, its headings, and the line introducing it."""
    lead = [line.text for line in passage.lead]
    return [label(document.title, document.source), *passage.section, *lead]


def lexical_document(catalog: Catalog, number: int) -> LexicalDocument:
    """The texts that the lexical index stores for a document."""
    document = catalog.document_numbered(number)
    passages = catalog.passages(catalog.passage_rows(document.doc_id))
    return LexicalDocument(
        heads=["\n".join(context_of(document, passage)) for passage in passages],
        sentences=[[span.of(document.text) for span in passage.sentences] for passage in passages],
        languages=[passage.language for passage in passages],
    )


def content_keys(writer: CatalogWriter, *, earlier: FolderBuild | None) -> NDArray[np.uint64]:
    """A hash per document, equal in two builds if the document's passages are equal."""
    _, documents, _, _ = writer.counts
    keys, missing = np.empty(documents, np.uint64), np.ones(documents, np.bool_)
    if earlier:
        for docs, (start, earlier_start), *_ in writer.copied():
            keys[start : start + docs] = earlier.lexical.document_keys[
                earlier_start : earlier_start + docs
            ]
            missing[start : start + docs] = False
    hashes = [
        hashlib.blake2b(b"".join([doc_id.encode(), b"\0", *hashed]), digest_size=8).digest()
        for doc_id, hashed in writer.contents(np.flatnonzero(missing).tolist())
    ]
    keys[missing] = np.frombuffer(b"".join(hashes), np.uint64)
    return keys
