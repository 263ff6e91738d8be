"""The file of thumbs and counts: SQLite, written by several processes, made when first needed.

Each call opens the file and closes it again: it may be moved, deleted or mended in between, and
no thread waits for another's transaction longer than the lock of a single row takes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from chatbot.errors import StorageError
from chatbot.types import Span, Verdict

Vote = Literal["up", "down"]

_SCHEMA: Final = 1
_PATIENCE_SECONDS: Final = 5
_VERDICTS: Final[tuple[Verdict, ...]] = ("strong", "possible", "none")
_TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS thumbs (
  ballot TEXT PRIMARY KEY, time TEXT NOT NULL, build TEXT NOT NULL, question TEXT NOT NULL,
  history TEXT NOT NULL, interpreted_question TEXT NOT NULL, shown TEXT NOT NULL,
  doc_id TEXT NOT NULL, passage_id TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
  quote TEXT NOT NULL, vote TEXT NOT NULL CHECK (vote IN ('up', 'down')), comment TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS days (
  day TEXT NOT NULL, verdict TEXT NOT NULL, questions INTEGER NOT NULL,
  PRIMARY KEY (day, verdict)
) WITHOUT ROWID;
PRAGMA user_version = {_SCHEMA};
COMMIT;
"""
_COLUMNS: Final = (
    "ballot, time, build, question, history, interpreted_question, shown, doc_id, passage_id, "
    "start, stop, quote, vote, comment"
)


class Shown(NamedTuple):
    """A passage that was shown, by the place and the words of its highlighted sentence."""

    doc_id: str
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Thumb:
    """A thumb, up or down, for one passage of an answer.

    `ballot` tells apart who voted on what, and not who; a second thumb on the same ballot takes
    the place of the first. `time` is ISO 8601 in UTC. `quote` is the sentence that was marked in
    the passage, at `span` of the document; `shown` has all passages of the answer, best first.
    """

    ballot: str
    time: str
    build: str
    question: str
    history: tuple[str, ...]
    interpreted_question: str
    shown: tuple[Shown, ...]
    doc_id: str
    passage_id: str
    span: Span
    quote: str
    vote: Vote
    comment: str


@dataclass(frozen=True, slots=True)
class Day:
    """How many questions of a day, in UTC, ended with which verdict."""

    day: str
    strong: int
    possible: int
    none: int


class FeedbackStore:
    """The file at a path, which need not be there yet. Every method may raise StorageError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def keep(self, thumb: Thumb) -> None:
        """Store a thumb, in the place of an earlier one on the same ballot."""
        values = (
            *(thumb.ballot, thumb.time, thumb.build, thumb.question),
            *(_packed(thumb.history), thumb.interpreted_question, _packed(thumb.shown)),
            *(thumb.doc_id, thumb.passage_id, *thumb.span, thumb.quote, thumb.vote, thumb.comment),
        )
        marks = ", ".join("?" * len(values))
        with self._writing() as connection:
            connection.execute(f"REPLACE INTO thumbs ({_COLUMNS}) VALUES ({marks})", values)

    def thumbs(self) -> tuple[Thumb, ...]:
        """All thumbs, oldest first; none where there is no file."""
        query = f"SELECT {_COLUMNS} FROM thumbs ORDER BY time, ballot"
        return tuple(map(_thumb, self._rows(query)))

    def count(self, questions: Mapping[tuple[str, Verdict], int]) -> None:
        """Add questions to the counts of their day and verdict."""
        rows = [(*key, number) for key, number in questions.items()]
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO days VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET questions = questions + excluded.questions",
                rows,
            )

    def days(self, most: int) -> tuple[Day, ...]:
        """The last days on which something was asked, latest first."""
        columns = ", ".join(
            f"sum(CASE verdict WHEN '{verdict}' THEN questions ELSE 0 END)" for verdict in _VERDICTS
        )
        query = f"SELECT day, {columns} FROM days GROUP BY day ORDER BY day DESC LIMIT ?"
        return tuple(Day(*found) for found in self._rows(query, (most,)))

    # -- the file ----------------------------------------------------------------------------

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._told("read"):
            if not self.path.exists():
                return []
            with closing(self._connect("rw")) as connection:
                there = self._check(connection)
                return connection.execute(query, values).fetchall() if there else []

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._told("written"), closing(self._connect("rwc")) as connection:
            if not self._check(connection):
                # Readers and one writer at a time never wait for each other.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_TABLES)
            with connection:
                yield connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS)

    def _check(self, connection: sqlite3.Connection) -> bool:
        """Whether the tables are there; StorageError if they are those of a later version."""
        ((schema,),) = connection.execute("PRAGMA user_version").fetchall()
        if schema > _SCHEMA:
            raise StorageError(
                f"{self.path} was written by a later version of the chatbot. "
                f"Use that, or name another file in the setting feedback."
            )
        return bool(schema)

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as failure:
            raise StorageError(
                f"The feedback file {self.path} can't be {done} ({failure}). "
                f"Make it writable, or name another in the setting feedback."
            ) from failure


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _thumb(row: Sequence[Any]) -> Thumb:
    ballot, time, build, question, history, interpreted, shown, *rest = row
    doc_id, passage_id, start, stop, quote, vote, comment = rest
    return Thumb(
        ballot=ballot,
        time=time,
        build=build,
        question=question,
        history=tuple(json.loads(history)),
        interpreted_question=interpreted,
        shown=tuple(Shown(doc, Span(*span), words) for doc, span, words in json.loads(shown)),
        doc_id=doc_id,
        passage_id=passage_id,
        span=Span(start, stop),
        quote=quote,
        vote=vote,
        comment=comment,
    )
