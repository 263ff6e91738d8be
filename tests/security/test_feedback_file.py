"""The feedback file is private, and nobody can make it grow without bound."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatbot.errors import StorageError, TooMuchFeedback
from chatbot.feedback.store import FeedbackLimits, FeedbackStore, Thumb
from chatbot.settings import load_settings
from chatbot.types import Span
from chatbot.web.problems import problem


def thumb(number: int, *, comment: str = "", ago: timedelta = timedelta()) -> Thumb:
    """A thumb for a whole answer."""
    return Thumb(
        ballot=str(number),
        time=(datetime.now(UTC) - ago).isoformat(timespec="milliseconds"),
        build="1",
        question="What did the radar cost?",
        history=(),
        interpreted_question="",
        shown=(),
        doc_id="",
        passage_id="",
        span=Span(0, 0),
        quote="",
        vote="up",
        comment=comment,
    )


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these permissions")
def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    """This holds whatever the umask, and for the files that SQLite adds while it is open."""
    before = os.umask(0)
    try:
        store = FeedbackStore(tmp_path / "feedback.sqlite")
        with store._writing():
            assert len([*tmp_path.iterdir()]) == 3
            assert modes(tmp_path) == {0o600}
        assert modes(tmp_path) == {0o600}
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these permissions")
def test_a_file_of_an_earlier_version_becomes_private(tmp_path: Path) -> None:
    """A group that was given access keeps it."""
    store = FeedbackStore(tmp_path / "feedback.sqlite")
    store.save(thumb(1))
    store.path.chmod(0o664)
    store.save(thumb(2))
    assert modes(tmp_path) == {0o660}


def test_thumbs_beyond_a_number_per_minute_are_refused(tmp_path: Path) -> None:
    """A minute later there is room again; withdrawing and reading are always possible."""
    store = FeedbackStore(tmp_path / "feedback.sqlite", FeedbackLimits(per_minute=3))
    store.save(thumb(0, ago=timedelta(seconds=61)))
    for number in range(1, 4):
        store.save(thumb(number))
    with pytest.raises(TooMuchFeedback, match="At most 3 thumbs") as refused:
        store.save(thumb(4))
    assert len(store.thumbs()) == 4
    store.save(replace(thumb(3), vote="none"))
    store.save(thumb(4))
    assert (
        problem(refused.value, {"query_string": b"", "path": "/api/v1/feedback"}).status_code == 429
    )


def test_thumbs_of_a_clock_that_was_wrong_use_up_no_later_minute(tmp_path: Path) -> None:
    """A machine that was a day ahead would refuse all thumbs until that day is over."""
    store = FeedbackStore(tmp_path / "feedback.sqlite", FeedbackLimits(per_minute=3))
    for number in range(3):
        store.save(thumb(number, ago=timedelta(days=-1)))
    store.save(thumb(3))
    assert len(store.thumbs()) == 4


def test_the_file_stops_growing_at_its_limit(tmp_path: Path) -> None:
    """The message names the settings; old thumbs stay readable."""
    limit = 200_000
    store = FeedbackStore(tmp_path / "feedback.sqlite", FeedbackLimits(size=limit))

    def fill() -> None:
        for number in range(1000):
            store.save(thumb(number, comment="x" * 2000))

    with pytest.raises(StorageError, match=r"feedback_megabytes.*feedback_days"):
        fill()
    assert store.thumbs()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < limit + 20_000


def test_old_thumbs_are_deleted(tmp_path: Path) -> None:
    """They are neither exported nor kept, and make room for new ones."""
    path = tmp_path / "feedback.sqlite"
    for days in (1, 29, 31, 400):
        FeedbackStore(path).save(thumb(days, ago=timedelta(days=days)))
    store = FeedbackStore(path, FeedbackLimits(days=30))
    assert [kept.ballot for kept in store.thumbs()] == ["29", "1"]
    assert len(FeedbackStore(path).thumbs()) == 4
    store.count({("2026-01-01", "strong"): 1})
    assert len(FeedbackStore(path).thumbs()) == 2


def test_the_settings_have_limits_by_default() -> None:
    """Nobody has to set them first."""
    settings = load_settings()
    assert 0 < settings.feedback_megabytes <= 1000
    assert 0 < settings.feedback_per_minute <= 1000
