"""The file of thumbs and counts: an SQLite database that several processes may write.

The first write creates it. Each call opens and closes the file, so it may be moved, deleted or
repaired in between, and a transaction is a single write.
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
_LOCK_TIMEOUT_SECONDS: Final = 5
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
    """A passage that was shown: its document, and the span and text of its highlighted sentence."""

    doc_id: str
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Thumb:
    """A thumb, up or down, for one passage of an answer.

    `ballot` is a hash that separates voters without identifying them; a second thumb with the
    same ballot replaces the first. `time` is ISO 8601 in UTC. `quote` is the highlighted sentence,
    at `span` of the document. `shown` has all passages of the answer, best first.
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
    """The number of questions per verdict on one day, in UTC."""

    day: str
    strong: int
    possible: int
    none: int


class FeedbackStore:
    """The feedback file at a path, which need not exist. Every method may raise StorageError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, thumb: Thumb) -> None:
        """Save a thumb; it replaces an earlier one with the same ballot."""
        values = (
            *(thumb.ballot, thumb.time, thumb.build, thumb.question),
            *(_as_json(thumb.history), thumb.interpreted_question, _as_json(thumb.shown)),
            *(thumb.doc_id, thumb.passage_id, *thumb.span, thumb.quote, thumb.vote, thumb.comment),
        )
        placeholders = ", ".join("?" * len(values))
        with self._writing() as connection:
            connection.execute(f"REPLACE INTO thumbs ({_COLUMNS}) VALUES ({placeholders})", values)

    def thumbs(self) -> tuple[Thumb, ...]:
        """All thumbs, oldest first; none if there is no file."""
        query = f"SELECT {_COLUMNS} FROM thumbs ORDER BY time, ballot"
        return tuple(map(_thumb, self._rows(query)))

    def count(self, questions: Mapping[tuple[str, Verdict], int]) -> None:
        """Add to the number of questions per day and verdict."""
        rows = [(*key, number) for key, number in questions.items()]
        with self._writing() as connection:
            connection.executemany(
                "INSERT INTO days VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET questions = questions + excluded.questions",
                rows,
            )

    def days(self, limit: int) -> tuple[Day, ...]:
        """The last days with questions, latest first."""
        columns = ", ".join(
            f"sum(CASE verdict WHEN '{verdict}' THEN questions ELSE 0 END)" for verdict in _VERDICTS
        )
        query = f"SELECT day, {columns} FROM days GROUP BY day ORDER BY day DESC LIMIT ?"
        return tuple(Day(*row) for row in self._rows(query, (limit,)))

    # -- the file ----------------------------------------------------------------------------

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._translated_errors("read"):
            if not self.path.exists():
                return []
            with closing(self._connect("rw")) as connection:
                has_tables = self._check(connection)
                return connection.execute(query, values).fetchall() if has_tables else []

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._translated_errors("written"), closing(self._connect("rwc")) as connection:
            if not self._check(connection):
                # In WAL mode readers and the writer don't wait for each other.
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_TABLES)
            with connection:
                yield connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=_LOCK_TIMEOUT_SECONDS)

    def _check(self, connection: sqlite3.Connection) -> bool:
        """Whether the tables exist. Raises StorageError if a later version wrote them."""
        ((schema,),) = connection.execute("PRAGMA user_version").fetchall()
        if schema > _SCHEMA:
            raise StorageError(
                f"{self.path} was written by a later version of the chatbot. "
                f"Use that version, or name another file in the setting feedback."
            )
        return bool(schema)

    @contextmanager
    def _translated_errors(self, action: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as failure:
            raise StorageError(
                f"The feedback file {self.path} can't be {action} ({failure}). "
                f"Make it writable, or name another in the setting feedback."
            ) from failure


def _as_json(value: Any) -> str:
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
