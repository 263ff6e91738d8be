"""Work beside a stage: told of in the end, stopped when nobody waits for it, never silent."""

from __future__ import annotations

import threading
import time

import pytest

from chatbot.encoder import Advance
from chatbot.errors import StorageError
from chatbot.ingestion.background_stage import Beside, Stopped


def test_its_steps_are_told_when_it_is_waited_for() -> None:
    """All of them, those from before too, and it is done then."""
    begun, told = threading.Event(), [0]

    def work(advance: Advance) -> None:
        advance(3)
        begun.set()
        time.sleep(0.3)
        advance(4)

    with Beside(work) as beside:
        beside.begin()
        begun.wait(10)
        beside.finish(told.append)
    assert sum(told) == 7


def test_a_failure_ends_the_stage_that_goes_on() -> None:
    """At its next step, not hours later; and who only waits is told the same."""
    failed = threading.Event()

    def work(_: Advance) -> None:
        try:
            raise StorageError("the disk is full")
        finally:
            failed.set()

    with Beside(work) as beside:
        beside.begin()
        failed.wait(10)
        with pytest.raises(StorageError, match="full"):
            beside.finish(lambda _: None)
        with pytest.raises(StorageError, match="full"):
            beside.watched(lambda _: None)(1)


def test_without_a_failure_the_stage_goes_on() -> None:
    """Its own steps are told as they come."""
    told: list[int] = []
    with Beside(lambda _: None) as beside:
        beside.watched(told.append)(5)
        beside.finish(lambda _: None)
        beside.watched(told.append)(6)
    assert told == [5, 6]


def test_what_was_not_begun_is_done_when_it_is_waited_for() -> None:
    """And not before; who leaves without waiting never has it done."""
    told: list[int] = []
    with Beside(lambda advance: advance(2)) as beside:
        beside.watched(told.append)(1)
        assert sum(told) == 1
        beside.finish(told.append)
    assert sum(told) == 3
    with Beside(lambda _: told.append(9)):
        pass
    assert 9 not in told


def test_who_leaves_early_stops_it() -> None:
    """Whatever it is that ends the stage; nothing goes on behind one's back."""
    stopped: list[type[BaseException]] = []

    def work(advance: Advance) -> None:
        try:
            while True:
                time.sleep(0.01)
                advance(1)
        except Stopped as reason:
            stopped.append(type(reason))
            raise

    beside = Beside(work)
    beside.begin()
    with pytest.raises(KeyboardInterrupt), beside:
        raise KeyboardInterrupt
    assert stopped == [Stopped]
