"""The file of thumbs and counts; see `chatbot.sqlite_file`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from chatbot.answers import Verdict
from chatbot.errors import StorageError, TooMuchFeedback
from chatbot.sqlite_file import Connection, SqliteFile
from chatbot.types import Span

# "none" withdraws an earlier thumb, so it is never stored.
Vote = Literal["up", "down", "none"]

_SCHEMA: Final = 1
_VERDICTS: Final[tuple[Verdict, ...]] = ("strong", "possible", "none")
_TABLES: Final = """
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
    """A thumb, up or down, for one passage of an answer, or for the whole answer.

    `ballot` is a hash that separates voters without identifying them; a second thumb with the
    same ballot replaces the first. `time` is ISO 8601 in UTC. `quote` is the highlighted sentence,
    at `span` of the document; a thumb for the whole answer names no passage. `shown` has all
    passages of the answer, best first.
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


@dataclass(frozen=True, slots=True)
class FeedbackLimits:
    """The most bytes of the file, and thumbs per minute; thumbs older than `days` are deleted.

    With 0 days all are kept. By default there are no limits; the settings have some.
    """

    size: int = sys.maxsize
    per_minute: int = sys.maxsize
    days: float = 0


class FeedbackStore:
    """The feedback file at a path, which need not exist. Every method may raise StorageError."""

    def __init__(self, path: Path, limits: FeedbackLimits = FeedbackLimits()) -> None:
        self.path = path
        self._limits = limits
        self._file = SqliteFile(
            path, setting="feedback", name="feedback file", schema=_SCHEMA, tables=_TABLES
        )

    def save(self, thumb: Thumb) -> None:
        """Save a thumb; it replaces an earlier one with the same ballot, or withdraws it.

        Raises TooMuchFeedback if the last minute already had as many as allowed.
        """
        if thumb.vote == "none":
            with self._writing() as connection:
                connection.execute("DELETE FROM thumbs WHERE ballot = ?", (thumb.ballot,))
            return
        values = (
            *(thumb.ballot, thumb.time, thumb.build, thumb.question),
            *(_as_json(thumb.history), thumb.interpreted_question, _as_json(thumb.shown)),
            *(thumb.doc_id, thumb.passage_id, *thumb.span, thumb.quote, thumb.vote, thumb.comment),
        )
        placeholders = ", ".join("?" * len(values))
        with self._writing() as connection:
            self._check_limits(connection)
            connection.execute(f"REPLACE INTO thumbs ({_COLUMNS}) VALUES ({placeholders})", values)

    def thumbs(self) -> tuple[Thumb, ...]:
        """All thumbs that are kept, oldest first; none if there is no file."""
        query = f"SELECT {_COLUMNS} FROM thumbs WHERE time >= ? ORDER BY time, ballot"
        return tuple(map(_thumb, self._rows(query, (self._oldest(),))))

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

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy, also while others write; nothing if there is no file."""
        with self._file.reading() as connection:
            if connection:
                connection.execute("VACUUM INTO ?", (str(path),))

    def merge(self, other: FeedbackStore) -> int:
        """Add the thumbs of another file that this one lacks, and return their number.

        Of two counts for a day, the higher one stays.
        """
        placeholders = ", ".join("?" * len(_COLUMNS.split(", ")))
        rows = other._rows(f"SELECT {_COLUMNS} FROM thumbs")
        days = other._rows("SELECT day, verdict, questions FROM days")
        with self._writing() as connection:
            before = connection.total_changes
            connection.executemany(
                f"INSERT OR IGNORE INTO thumbs ({_COLUMNS}) VALUES ({placeholders})", rows
            )
            added = connection.total_changes - before
            connection.executemany(
                "INSERT INTO days VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                "SET questions = max(questions, excluded.questions)",
                days,
            )
        return added

    def _oldest(self) -> str:
        """The earliest time of a thumb that is kept."""
        days = self._limits.days
        return _ago(timedelta(days=days)) if days else ""

    def _check_limits(self, connection: Connection) -> None:
        """Refuse a thumb beyond the limits."""
        # Later thumbs are from a clock that was wrong.
        minute = timedelta(minutes=1)
        last_minute = "SELECT count(*) FROM thumbs WHERE time BETWEEN ? AND ?"
        ((recent,),) = connection.execute(last_minute, (_ago(minute), _ago(-minute)))
        if recent >= self._limits.per_minute:
            raise TooMuchFeedback(self._limits.per_minute)
        used = """
            SELECT (page_count - freelist_count) * page_size
            FROM pragma_page_count, pragma_freelist_count, pragma_page_size
        """
        ((size,),) = connection.execute(used)
        if size >= self._limits.size:
            raise StorageError(
                f"The feedback file {self.path} is full ({self._limits.size / 1e6:,.0f} MB, the "
                f"setting feedback_megabytes). Raise the setting, or let the setting feedback_days "
                f"delete old thumbs."
            )

    # -- the file ----------------------------------------------------------------------------

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._file.reading() as connection:
            return connection.execute(query, values).fetchall() if connection else []

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._file.writing() as connection:
            # For the limits: a look at the last minute must not read the whole table.
            connection.execute("CREATE INDEX IF NOT EXISTS thumbs_time ON thumbs (time)")
            if oldest := self._oldest():
                connection.execute("DELETE FROM thumbs WHERE time < ?", (oldest,))
            yield connection


def _ago(time: timedelta) -> str:
    """A moment in the past, in the form of `Thumb.time`."""
    return (datetime.now(UTC) - time).isoformat(timespec="milliseconds")


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
