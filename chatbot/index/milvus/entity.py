"""A passage as an entity of Milvus, and the text of a document as a file."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from chatbot.index.catalog_rows import pack_structure
from chatbot.index.int8_vectors import Quantised
from chatbot.index.lexical.sentence_terms import ShortKeys
from chatbot.index.milvus.connection import MOST_CHARACTERS
from chatbot.index.packed_runs import pack_runs
from chatbot.index.ties import Scores
from chatbot.types import Document

# An entity's id has its document's number in the high bits and its passage's ordinal in the low.
ORDINAL_BITS: Final = 24
DETAILS: Final = ("dense", "details")


class StoredPassage(NamedTuple):
    """The data of a passage in Milvus: its vector, its sentences' vectors and terms, its text."""

    vector: Scores
    sentences: Quantised
    terms: ShortKeys
    text: str


class StoredText(NamedTuple):
    """The data of a document in Milvus, as in the columns of the catalogue."""

    text: str
    structure: str
    runs: bytes


def entity_of(
    passage: StoredPassage,
    *,
    doc: int,
    ordinal: int,
    build: int,
    components: ShortKeys,
    impacts: NDArray[np.uint8],
) -> dict[str, Any]:
    """The fields of a passage's entity."""
    packed = msgspec.msgpack.encode(
        (passage.sentences.tobytes(), passage.terms.astype("<u4").tobytes(), passage.text)
    )
    details = base64.b64encode(packed).decode()
    return {
        "id": doc << ORDINAL_BITS | ordinal,
        "build": build,
        "doc": doc,
        "dense": passage.vector.astype(np.float32),
        "words": dict(zip(components.tolist(), impacts.astype(float).tolist(), strict=True)),
        "details": [
            details[start : start + MOST_CHARACTERS]
            for start in range(0, len(details), MOST_CHARACTERS)
        ],
    }


def stored_passage(entity: Mapping[str, Any]) -> StoredPassage:
    """The passage in an entity with the fields `DETAILS`."""
    vector = np.asarray(entity["dense"], np.float32)
    packed = base64.b64decode("".join(entity["details"]))
    sentences, terms, text = msgspec.msgpack.decode(packed, type=tuple[bytes, bytes, str])
    rows = np.frombuffer(sentences, np.int8).reshape(-1, len(vector))
    return StoredPassage(vector, rows, np.frombuffer(terms, "<u4"), text)


def pack_text(document: Document) -> bytes:
    """The text of a document and the places of its parts, compressed."""
    stored = StoredText(document.text, pack_structure(document), pack_runs(document.runs))
    return zlib.compress(msgspec.msgpack.encode(stored))


def unpack_text(content: bytes) -> StoredText:
    """The text in a file."""
    return msgspec.msgpack.decode(zlib.decompress(content), type=StoredText)


def listed(numbers: Sequence[int] | NDArray[np.int64]) -> str:
    """Numbers as a list in a condition."""
    return f"[{','.join(map(str, np.asarray(numbers).tolist()))}]"
