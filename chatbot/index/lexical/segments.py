"""Writing the lexical index: segments of some thousand passages, of which most are kept.

BM25 asks how many passages of the whole index hold a term, and tantivy goes on counting those
that were deleted; so nothing is ever deleted from a segment. One that holds a document which has
changed is written anew without it, and the others are linked from the earlier build: the scores
are those of an index written in one go.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import tantivy
from numpy.typing import NDArray

from chatbot.errors import StorageError
from chatbot.index.arrays import save_rows
from chatbot.index.lexical.words import ANALYZER, analyzer, searchable

Keys = NDArray[np.uint64]

# The fields of a passage; search.py weighs them.
FIELDS: Final = ("passage", "surroundings")
# Key and first row of each document, by number.
DOCUMENTS: Final = "documents.npy"

_SEGMENTS: Final = "segments.json"
_META: Final = "meta.json"  # tantivy's own
_HEAP_BYTES: Final = 128_000_000
# Each segment costs every search some 100 microseconds, and each change of a document a segment.
_LEAST_PASSAGES: Final = 8_192
_MOST_SEGMENTS: Final = 16
# Small ones, which changes leave behind, are put together when there would be more.
_MOST_SMALL: Final = 3


class LexicalDocument(NamedTuple):
    """What the passages of a document are found by, in order.

    `heads` say where each passage stands: title, section. They count as its words.
    """

    heads: list[str]
    texts: list[str]


@dataclass(frozen=True, slots=True)
class _Segment:
    """Some documents, by key, in files of their own; `meta` is what tantivy says of them."""

    passages: int
    documents: list[int]
    files: list[str]
    meta: dict[str, Any]


def write_lexical(
    folder: Path,
    *,
    keys: Keys,
    first_rows: NDArray[np.int64],
    read: Callable[[int], LexicalDocument],
    earlier: Path | None = None,
    advance: Callable[[int], object] = lambda _: None,
) -> None:
    """Write the index of some documents into a new folder, by number.

    Documents with equal keys have equal passages, found by equal words. `first_rows` has the
    first row of each and, last, the number of rows. What the folder `earlier` has already is
    not read again; `advance` is told how many documents are done. Raises StorageError.
    """
    folder.mkdir()
    target = max(_LEAST_PASSAGES, int(first_rows[-1]) // _MOST_SEGMENTS)
    numbers = {key: number for number, key in enumerate(keys.tolist())}
    try:
        segments = [*_kept(earlier, folder, numbers.keys(), target)] if earlier else []
        done = {key for segment in segments for key in segment.documents}
        if done:
            advance(len(done))
        fresh = [number for key, number in numbers.items() if key not in done]
        for group in _groups(fresh, np.diff(first_rows), target):
            documents = {int(keys[number]): read(number) for number in group}
            segments.append(_write_segment(folder, documents))
            advance(len(group))
        if not segments:
            segments.append(_write_segment(folder, {}))
        _combine(folder, segments)
        save_rows(folder / DOCUMENTS, np.stack([keys, first_rows[:-1].astype(np.uint64)], axis=1))
    except (ValueError, OSError) as failure:
        raise StorageError.while_writing(folder, failure) from failure
    # tantivy closes some files to all but their owner; who may see the folder may search it.
    for path in folder.iterdir():
        path.chmod(folder.stat().st_mode & 0o666)


def _groups(numbers: Sequence[int], sizes: NDArray[np.int64], target: int) -> Iterator[list[int]]:
    """The documents in groups of about so many passages."""
    group: list[int] = []
    passages = 0
    for number in numbers:
        group.append(number)
        passages += int(sizes[number])
        if passages >= target:
            yield group
            group, passages = [], 0
    if group:
        yield group


# -- one segment -----------------------------------------------------------------------------


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name=ANALYZER, index_option="freq")
    builder.add_unsigned_field("document", indexed=True, fast=True)
    builder.add_unsigned_field("ordinal", fast=True)
    return builder.build()


def _write_segment(folder: Path, documents: dict[int, LexicalDocument]) -> _Segment:
    """Write some documents as an index of their own, then move its files into the folder."""
    part = folder / "part"
    part.mkdir()
    index = tantivy.Index(_schema(), path=str(part))
    index.register_tokenizer(ANALYZER, analyzer())
    # One thread, so that the same documents give the same segment.
    writer = index.writer(heap_size=_HEAP_BYTES, num_threads=1)
    for key, document in documents.items():
        for entry in _entries(key, document):
            writer.add_document(entry)
    writer.commit()
    writer.wait_merging_threads()
    meta = json.loads((part / _META).read_text("utf-8"))
    names = {entry["segment_id"].replace("-", "") for entry in meta["segments"]}
    files = [path.name for path in sorted(part.iterdir()) if path.stem in names]
    for name in files:
        (part / name).rename(folder / name)
    shutil.rmtree(part)
    passages = sum(len(document.texts) for document in documents.values())
    return _Segment(passages, [*documents], files, meta)


def _entries(key: int, document: LexicalDocument) -> Iterator[tantivy.Document]:
    heads = [searchable(head) for head in document.heads]
    texts = [searchable(text) for text in document.texts]
    for place, (head, text) in enumerate(zip(heads, texts, strict=True)):
        entry = tantivy.Document()
        entry.add_text("passage", f"{head}\n{text}")
        around = texts[max(0, place - 1) : place + 2]
        entry.add_text("surroundings", "\n".join([head, *around]))
        entry.add_unsigned("document", key)
        entry.add_unsigned("ordinal", place)
        yield entry


# -- all segments ----------------------------------------------------------------------------


def _kept(earlier: Path, folder: Path, wanted: AbstractSet[int], target: int) -> Iterator[_Segment]:
    """The segments of an earlier index that are worth keeping, linked into the folder.

    Not so one with a document that is wanted no longer, nor many small ones: many changes, one
    after the other, must not leave many segments.
    """
    found = [_Segment(**each) for each in json.loads((earlier / _SEGMENTS).read_text("utf-8"))]
    whole = [segment for segment in found if wanted >= {*segment.documents}]
    small = [segment for segment in whole if segment.passages * 2 < target]
    for segment in whole:
        if segment not in small or len(small) < _MOST_SMALL:
            for name in segment.files:
                _link(earlier / name, folder / name)
            yield segment


def _link(source: Path, target: Path) -> None:
    """One file under two names, or a copy where the file system has no such thing."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _combine(folder: Path, segments: Sequence[_Segment]) -> None:
    """Have tantivy see all segments as one index."""
    entries = [entry for segment in segments for entry in segment.meta["segments"]]
    meta = {**segments[0].meta, "segments": entries}
    (folder / _META).write_text(json.dumps(meta), "utf-8")
    kept = [asdict(segment) for segment in segments]
    (folder / _SEGMENTS).write_text(json.dumps(kept), "utf-8")
