"""Write a catalogue: new documents, and documents carried over from an earlier build."""

from __future__ import annotations

import json
import sqlite3
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from functools import cached_property
from importlib.resources import files
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

from chatbot.errors import StorageError
from chatbot.index.catalog import FileRow
from chatbot.index.catalog_rows import pack_lead, pack_spans, pack_structure
from chatbot.index.manifest import SkippedFile
from chatbot.index.packed_runs import pack_runs
from chatbot.text.versions import keys_of, sketch_of
from chatbot.types import Document, Passage

# Four times SQLite's default, because the texts make long rows and each page is a system call.
_PAGE_BYTES: Final = 16_384


class CopiedRange(NamedTuple):
    """Documents that are consecutive in both catalogues, and their passages.

    `docs` and `rows` are counts. A pair is the first number in this and in the earlier catalogue.
    """

    docs: int
    doc: tuple[int, int]
    rows: int
    row: tuple[int, int]
    sentence: tuple[int, int]


class CatalogWriter:
    """Writes a catalogue; files and documents are numbered in the order they are added."""

    def __init__(self, path: Path, *, earlier: Path | None = None) -> None:
        self._path = path
        self._files = self._documents = self._rows = self._sentences = 0
        # Earlier file numbers that are counted here but not copied yet.
        self._pending = range(0)
        self._copied: list[CopiedRange] = []
        schema = files("chatbot.index").joinpath("schema.sql").read_text("utf-8")
        with self._storing():
            # A URI, because only then may the catalogue attached below be a URI.
            address = path.absolute().as_uri()
            self._connection = sqlite3.connect(address, uri=True, isolation_level=None)
            self._closing = weakref.finalize(self, self._connection.close)
            # A build is published only when it is complete, so the file needs no journal.
            self._connection.executescript(
                f"PRAGMA page_size={_PAGE_BYTES}; PRAGMA journal_mode=OFF; "
                f"PRAGMA synchronous=OFF; {schema}"
            )
            if earlier:
                uri = f"{earlier.absolute().as_uri()}?mode=ro&immutable=1"
                self._connection.execute("ATTACH ? AS earlier", (uri,))
            self._connection.execute("BEGIN")

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as failure:
            raise StorageError.while_writing(self._path, failure) from failure

    @cached_property
    def _earlier_files(self) -> dict[str, int]:
        """The number of each file in the earlier catalogue, by path."""
        return dict(self._connection.execute("SELECT path, file FROM earlier.files"))

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """The number of files, documents, passages and sentences so far."""
        self._copy_pending()
        return self._files, self._documents, self._rows, self._sentences

    def commit(self) -> None:
        """Write everything to the file. Raises StorageError, like every method that writes."""
        self._copy_pending()
        with self._storing():
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file; uncommitted changes are lost."""
        self._closing()

    # -- writing -----------------------------------------------------------------------------

    def add_file(self, file: FileRow) -> None:
        """Append a file; the documents added next belong to it."""
        self._copy_pending()
        self._write("INSERT INTO files VALUES (?,?,?,?,?,?,?,?)", [(self._files, *file)])
        self._files += 1

    def amend_file(self, file: FileRow, parts: Iterable[SkippedFile] = ()) -> None:
        """Update the file added last, and append the files inside it that were skipped."""
        number = self._files - 1
        self._write(
            "UPDATE files SET path = ?, size = ?, modified_ns = ?, sha256 = ?, skipped = ?, "
            "detail = ?, media_type = ? WHERE file = ?",
            [(*file, number)],
        )
        self._write("INSERT INTO parts VALUES (?,?,?,?)", [(number, *astuple(p)) for p in parts])

    def drop_documents(self) -> None:
        """Remove the documents of the file added last."""
        with self._storing():
            first_doc, first_row, first_sentence = self._connection.execute(
                "SELECT min(doc), min(row), min(first_sentence) "
                "FROM documents LEFT JOIN passages USING (doc) WHERE file = ?",
                (self._files - 1,),
            ).fetchone()
        if first_doc is None:
            return
        for table in ("passages", "tags", "versions", "documents"):
            self._write(f"DELETE FROM {table} WHERE doc >= ?", [(first_doc,)])
        self._documents = first_doc
        if first_row is not None:
            self._rows, self._sentences = first_row, first_sentence

    def add_document(
        self, document: Document, passages: Sequence[Passage], embedded: Sequence[bytes]
    ) -> None:
        """Append a document of the file added last, with its passages.

        `embedded` has a hash per passage of everything that its vectors are made from.
        """
        doc, meta = self._documents, document.metadata
        self._write(
            "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            [
                (
                    doc,
                    document.doc_id,
                    self._files - 1,
                    document.title,
                    document.source,
                    document.media_type,
                    document.fingerprint,
                    meta.author,
                    meta.date,
                    meta.language,
                    json.dumps(dict(meta.extra), ensure_ascii=False),
                    pack_structure(document),
                    pack_runs(document.runs),
                    document.text,
                )
            ],
        )
        self._write("INSERT INTO tags VALUES (?,?)", [(doc, tag) for tag in sorted({*meta.tags})])
        version = (*keys_of(document), sketch_of(document.text))
        self._write("INSERT INTO versions VALUES (?,?,?,?)", [(doc, *version)])
        rows = []
        for passage, key in zip(passages, embedded, strict=True):
            rows.append(
                (
                    self._rows,
                    doc,
                    passage.ordinal,
                    *passage.span,
                    json.dumps(passage.section, ensure_ascii=False),
                    json.dumps(passage.pages),
                    pack_lead(passage),
                    pack_spans(passage.heads),
                    pack_spans(passage.sentences),
                    passage.language,
                    self._sentences,
                    key,
                )
            )
            self._rows += 1
            self._sentences += len(passage.sentences)
        self._write("INSERT INTO passages VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)
        self._documents += 1

    def carry_file(self, file: FileRow) -> None:
        """Append an unchanged file with its documents from the earlier catalogue.

        Files that are consecutive in both catalogues are copied together.
        """
        number = self._earlier_files[file.path]
        if number != self._pending.stop:
            self._copy_pending()
            self._pending = range(number, number)
        self._pending = range(self._pending.start, number + 1)
        self._files += 1

    def _copy_pending(self) -> None:
        """Copy the carried files that aren't copied yet."""
        pending, self._pending = self._pending, range(0)
        if not pending:
            return
        files, file_shift = (pending.start, pending.stop - 1), self._files - pending.stop
        first_doc, docs = self._connection.execute(
            "SELECT min(doc), count(*) FROM earlier.documents WHERE file BETWEEN ? AND ?", files
        ).fetchone()
        of_files = "FROM earlier.{} WHERE file BETWEEN ? AND ?".format
        self._write(
            "INSERT INTO files SELECT file + ?, path, size, modified_ns, sha256, skipped, detail, "
            f"media_type {of_files('files')}",
            [(file_shift, *files)],
        )
        self._write(
            f"INSERT INTO parts SELECT file + ?, path, skipped, detail {of_files('parts')}",
            [(file_shift, *files)],
        )
        if not docs:
            return
        firsts = self._documents, self._rows, self._sentences
        doc_shift = self._documents - first_doc
        self._write(
            "INSERT INTO documents SELECT doc + ?, doc_id, file + ?, title, source, media_type, "
            "fingerprint, author, date, language, extra, structure, runs, text "
            f"{of_files('documents')}",
            [(doc_shift, file_shift, *files)],
        )
        self._documents += docs
        documents = (first_doc, first_doc + docs - 1)
        for table, columns in (("tags", "tag"), ("versions", "file_key, title_key, sketch")):
            self._write(
                f"INSERT INTO {table} SELECT doc + ?, {columns} FROM earlier.{table} "
                "WHERE doc BETWEEN ? AND ?",
                [(doc_shift, *documents)],
            )
        first_row, rows, first_sentence, sentences = self._connection.execute(
            "SELECT min(row), count(*), min(first_sentence), sum(length(sentences) / 8) "
            "FROM earlier.passages WHERE doc BETWEEN ? AND ?",
            documents,
        ).fetchone()
        if rows:
            self._write(
                "INSERT INTO passages SELECT row + ?, doc + ?, ordinal, start, stop, section, "
                "pages, lead, heads, sentences, language, first_sentence + ?, embedded "
                "FROM earlier.passages WHERE doc BETWEEN ? AND ?",
                [(self._rows - first_row, doc_shift, self._sentences - first_sentence, *documents)],
            )
            self._rows += rows
            self._sentences += sentences
        # Without passages the first row and sentence are arbitrary.
        earlier_firsts = first_doc, first_row or 0, first_sentence or 0
        doc, row, sentence = zip(firsts, earlier_firsts, strict=True)
        self._copied.append(CopiedRange(docs, doc, rows, row, sentence))

    def _write(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        with self._storing():
            self._connection.executemany(statement, values)

    # -- for embedding -----------------------------------------------------------------------

    def places(self, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
        """(document, first sentence) of these passages, by row."""
        return self._connection.execute(
            "SELECT doc, first_sentence FROM json_each(?) JOIN passages ON row = value "
            "ORDER BY row",
            (json.dumps(rows),),
        )

    def copied(self) -> list[CopiedRange]:
        """The ranges carried over unchanged, in order."""
        self._copy_pending()
        return self._copied

    def same_texts(self, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
        """(row here, earlier row) of these rows whose embedded text is in the earlier build."""
        return self._connection.execute(
            "SELECT here.row, min(before.row) FROM json_each(?) "
            "JOIN passages AS here ON here.row = value "
            "JOIN earlier.passages AS before USING (embedded) GROUP BY here.row",
            (json.dumps(rows),),
        )

    def same_titles(self, docs: Sequence[int]) -> Iterator[tuple[int, int]]:
        """(document here, earlier document) of these, if an earlier document has the title."""
        return self._connection.execute(
            "SELECT here.doc, min(before.doc) FROM json_each(?) "
            "JOIN documents AS here ON here.doc = value "
            "JOIN earlier.documents AS before USING (title) GROUP BY here.doc",
            (json.dumps(docs),),
        )

    def contents(self, docs: Sequence[int]) -> Iterator[tuple[str, list[bytes]]]:
        """(id, embedding hash and language of each passage) of these documents, by number."""
        pairs = self._connection.execute(
            "SELECT doc_id, embedded, coalesce(passages.language, '') FROM json_each(?) "
            "JOIN documents ON doc = value LEFT JOIN passages USING (doc) ORDER BY doc, row",
            (json.dumps(docs),),
        )
        for doc_id, rows in groupby(pairs, itemgetter(0)):
            yield doc_id, [key + tag.encode() for _, key, tag in rows if key is not None]
