"""The catalogue returns what was written to it, to many threads at once."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.errors import IndexDamaged, SkipKind, StorageError
from chatbot.index.catalog import Catalog, FileRow, storable
from chatbot.index.catalog_writer import CatalogWriter
from chatbot.types import BlockKind, DocumentSummary, Filters, Metadata
from tests.index.catalogs import Entry, entry, row_of, write

_WORDS = st.text("abc déАя北𐍈 .'\"?", min_size=1, max_size=40)
_KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    ["heading", "paragraph", "item", "header_row", "row", "code"]
)
_BLOCKS = st.lists(st.tuples(_KINDS, _WORDS), max_size=6)
_NAMES = st.text("xyz-é", min_size=1, max_size=3)
_METADATA = st.builds(
    Metadata,
    author=st.none() | _NAMES,
    date=st.none() | st.sampled_from(["2018", "2018-05", "2018-05-31"]),
    language=st.none() | st.sampled_from(["en", "zh"]),
    tags=st.sets(_NAMES, max_size=3).map(lambda tags: tuple(sorted(tags))),
    extra=st.dictionaries(_NAMES, _WORDS, max_size=2),
)
_CORPORA = st.lists(st.tuples(_BLOCKS, _METADATA), max_size=4)


def assert_holds(catalog: Catalog, entries: Sequence[Entry]) -> None:
    """Every query of the catalogue returns these entries."""
    documents = [document for document, _ in entries]
    ids = [document.doc_id for document in documents]
    assert list(catalog.documents()) == documents
    assert [catalog.document(doc_id) for doc_id in ids] == documents
    assert catalog.titles() == [document.title for document in documents]
    assert catalog.ids(Filters()) == ids
    assert catalog.matching(Filters()).tolist() == [*range(len(ids))]
    summaries = [
        DocumentSummary(d.doc_id, d.title, d.source, d.media_type, d.metadata, len(passages))
        for d, passages in entries
    ]
    assert catalog.summaries() == summaries
    assert catalog.summaries(ids[::-1]) == summaries[::-1]
    assert sorted(catalog.files()) == sorted(map(row_of, documents))
    first = 0
    for document, passages in entries:
        rows = range(first, first + len(passages))
        assert [*catalog.passage_rows(document.doc_id)] == [*rows]
        assert catalog.passages(rows) == [*passages]
        assert catalog.file_of(document.doc_id) == row_of(document)
        first += len(passages)
    assert catalog.passages(range(first)[::-1]) == [p for _, own in entries for p in own][::-1]


# -- contents --------------------------------------------------------------------------------


@given(_CORPORA)
@hypothesis(max_examples=60, deadline=None)
def test_documents_and_passages_read_back_as_they_were(
    corpus: list[tuple[list[tuple[BlockKind, str]], Metadata]],
) -> None:
    """Text, structure, metadata, spans and order are the same, in any script."""
    entries = [entry(f"d{number}", *parts) for number, parts in enumerate(corpus)]
    with TemporaryDirectory() as name:
        path = Path(name, "catalog.sqlite")
        write(path, entries)
        with closing(Catalog(path)) as catalog:
            assert_holds(catalog, entries)


@given(_CORPORA, st.randoms(use_true_random=False), st.integers(0, 4))
@hypothesis(max_examples=60, deadline=None)
def test_carrying_a_file_over_is_writing_it_again(
    corpus: list[tuple[list[tuple[BlockKind, str]], Metadata]], random: Random, carried_files: int
) -> None:
    """Carrying over files in another order, with a new file, gives the same catalogue."""
    entries = [entry(f"d{number}", *parts) for number, parts in enumerate(corpus)]
    order = entries[:]
    random.shuffle(order)
    new = entry("new", [("paragraph", "Something new. And more of it.")], Metadata())
    carried = order[:carried_files]
    with TemporaryDirectory() as name:
        before, after = Path(name, "before"), Path(name, "after")
        write(before, entries)
        with closing(CatalogWriter(after, earlier=before)) as writer:
            for document, _ in carried[:1]:
                writer.carry_file(row_of(document))
            writer.add_file(row_of(new[0]))
            writer.add_document(*new, [b"new"] * len(new[1]))
            for document, _ in carried[1:]:
                writer.carry_file(row_of(document))
            counts = writer.counts
            rows = list(writer.places([*range(counts[2])]))
            writer.commit()
        expected = [*carried[:1], new, *carried[1:]]
        with closing(Catalog(after)) as catalog:
            assert_holds(catalog, expected)
    passages = [passage for _, own in expected for passage in own]
    assert counts == (
        len(expected),
        len(expected),
        len(passages),
        sum(len(passage.sentences) for passage in passages),
    )
    owners = [number for number, (_, own) in enumerate(expected) for _ in own]
    firsts = [
        sum(len(passage.sentences) for passage in passages[:row]) for row in range(len(passages))
    ]
    assert rows == list(zip(owners, firsts, strict=True))


def test_a_skipped_file_is_listed_with_its_reason(tmp_path: Path) -> None:
    """Files are listed by path, including those without documents."""
    skipped = FileRow("a/broken.pdf", 3, 5, "", SkipKind.DAMAGED, "it has no pages")
    only = entry("d", [("paragraph", "Words.")], Metadata())
    write(tmp_path / "c", [only], skipped=[skipped])
    with closing(Catalog(tmp_path / "c")) as catalog:
        assert catalog.files() == [skipped, row_of(only[0])]
        assert catalog.titles() == ["Words."]


def test_an_unknown_id_is_not_found(tmp_path: Path) -> None:
    """Queries return None or nothing, whatever the id looks like."""
    write(tmp_path / "c", [])
    with closing(Catalog(tmp_path / "c")) as catalog:
        for doc_id in ("", "d", "' OR 1 --", "\ud800".encode("utf-8", "replace").decode()):
            assert catalog.document(doc_id) is None
            assert catalog.passage_rows(doc_id) == range(0)
        assert catalog.passages([]) == []
        assert catalog.summaries([]) == catalog.summaries() == []


def test_a_query_may_have_more_ids_than_sqlite_has_parameters(tmp_path: Path) -> None:
    """SQLite allows 32,766 parameters in a statement; a filter may name more documents."""
    entries = [entry(f"d{n}", [("paragraph", f"Number {n}.")], Metadata()) for n in range(3)]
    write(tmp_path / "c", entries)
    many = ("d2", "d0", *(f"absent{n}" for n in range(40_000)))
    with closing(Catalog(tmp_path / "c")) as catalog:
        assert catalog.ids(Filters(document=many)) == ["d0", "d2"]
        assert len(catalog.passages([0] * 40_000)) == 40_000


@given(st.binary(min_size=1, max_size=20).filter(lambda name: not set(name) & set(b"\0/\\")))
def test_a_file_name_of_any_bytes_is_found_again(name: bytes) -> None:
    """The stored name is valid text and leads back to the file."""
    path = os.fsdecode(name)
    row = FileRow(storable(path), 0, 0, "")
    assert row.path.encode().decode() == row.path
    assert row.on_disk(Path("no-such-corpus")) == Path("no-such-corpus", path)


def test_a_corpus_of_one_file_is_the_file(tmp_path: Path) -> None:
    """The path of the corpus is the path of the file."""
    (tmp_path / "all.jsonl").write_text("")
    assert FileRow("all.jsonl", 0, 0, "").on_disk(tmp_path / "all.jsonl") == tmp_path / "all.jsonl"


# -- the file --------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of forty documents."""
    path = tmp_path / "catalog.sqlite"
    write(path, forty())
    return path


def forty() -> list[Entry]:
    text = "The first sentence of {0}. The second one."
    blocks: list[list[tuple[BlockKind, str]]] = [
        [("heading", f"Title {n}"), ("paragraph", text.format(n) * 20)] for n in range(40)
    ]
    return [entry(f"d{n}", parts, Metadata(tags=("t",))) for n, parts in enumerate(blocks)]


def test_threads_read_at_the_same_time(path: Path) -> None:
    """Eight threads that share a catalogue all read all of it."""
    entries = forty()
    with closing(Catalog(path)) as catalog, ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(assert_holds, catalog, entries) for _ in range(16)]:
            done.result()


def test_a_deleted_catalogue_stays_readable(path: Path) -> None:
    """A build may be deleted while a question is under way."""
    with closing(Catalog(path)) as catalog:
        path.unlink()
        assert_holds(catalog, forty())


def test_a_published_catalogue_can_not_be_written(path: Path) -> None:
    """SQLite refuses to write."""
    with (
        closing(Catalog(path)) as catalog,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        catalog._connection.execute("DELETE FROM passages")


def test_a_catalogue_is_a_single_file(path: Path) -> None:
    """Neither writing nor reading creates a journal or a lock."""
    with closing(Catalog(path)):
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("content", [None, b"", b"no database", b"SQLite format 3\0" + b"\0" * 999])
def test_a_damaged_catalogue_is_reported(path: Path, content: bytes | None) -> None:
    """The message names the file and the command that builds again."""
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IndexDamaged, match=r"catalog\.sqlite can't be read.*chatbot build"):
        Catalog(path)


def test_a_damaged_page_is_reported_when_it_is_read(path: Path) -> None:
    """The start of the file may be intact while the rest is not."""
    content = path.read_bytes()
    start = content.index(b"The first sentence of 20.")
    path.write_bytes(content[: start // 4096 * 4096] + b"\xff" * (len(content) - start))
    with closing(Catalog(path)) as catalog:
        assert catalog.document("d0") == forty()[0][0]
        with pytest.raises(IndexDamaged, match="can't be read"):
            list(catalog.documents())


def test_a_catalogue_that_can_not_be_written_is_a_storage_error(tmp_path: Path) -> None:
    """The message names the file and the reason."""
    with pytest.raises(StorageError, match="missing/catalog can't be written"):
        CatalogWriter(tmp_path / "missing" / "catalog")
