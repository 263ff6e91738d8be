"""A background stage reports its steps, is cancelled early, and never fails silently."""

from __future__ import annotations

import threading
import time

import pytest

from chatbot.encoder import Advance
from chatbot.errors import StorageError
from chatbot.ingestion.background_stage import BackgroundStage, StageCancelled


def test_finish_reports_every_step() -> None:
    """It includes the steps done before, and the work is done when it returns."""
    started, steps = threading.Event(), [0]

    def work(advance: Advance) -> None:
        advance(3)
        started.set()
        time.sleep(0.3)
        advance(4)

    with BackgroundStage(work) as stage:
        stage.start()
        started.wait(10)
        stage.finish(steps.append)
    assert sum(steps) == 7


def test_a_failure_ends_the_foreground_stage() -> None:
    """It ends at its next step; `finish` raises the same error."""
    failed = threading.Event()

    def work(_: Advance) -> None:
        try:
            raise StorageError("the disk is full")
        finally:
            failed.set()

    with BackgroundStage(work) as stage:
        stage.start()
        failed.wait(10)
        with pytest.raises(StorageError, match="full"):
            stage.finish(lambda _: None)
        with pytest.raises(StorageError, match="full"):
            stage.failing_with(lambda _: None)(1)


def test_without_a_failure_the_foreground_stage_goes_on() -> None:
    """Its steps are reported as they happen."""
    steps: list[int] = []
    with BackgroundStage(lambda _: None) as stage:
        stage.failing_with(steps.append)(5)
        stage.finish(lambda _: None)
        stage.failing_with(steps.append)(6)
    assert steps == [5, 6]


def test_work_that_was_not_started_runs_in_finish() -> None:
    """It doesn't run before, and never runs if the block is left without `finish`."""
    steps: list[int] = []
    with BackgroundStage(lambda advance: advance(2)) as stage:
        stage.failing_with(steps.append)(1)
        assert sum(steps) == 1
        stage.finish(steps.append)
    assert sum(steps) == 3
    with BackgroundStage(lambda _: steps.append(9)):
        pass
    assert 9 not in steps


def test_leaving_the_block_early_cancels_the_work() -> None:
    """This holds for any error; no work goes on unnoticed."""
    errors: list[type[BaseException]] = []

    def work(advance: Advance) -> None:
        try:
            while True:
                time.sleep(0.01)
                advance(1)
        except StageCancelled as error:
            errors.append(type(error))
            raise

    stage = BackgroundStage(work)
    stage.start()
    with pytest.raises(KeyboardInterrupt), stage:
        raise KeyboardInterrupt
    assert errors == [StageCancelled]


def test_an_interrupt_while_the_thread_starts_leaves_no_work_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Leaving the block waits for a thread that its executor hasn't taken note of."""
    begun, ended = threading.Event(), threading.Event()

    def work(advance: Advance) -> None:
        begun.set()
        try:
            while True:
                time.sleep(0.01)
                advance(1)
        finally:
            time.sleep(0.2)
            ended.set()

    def start(thread: threading.Thread) -> None:
        original(thread)
        begun.wait(10)
        raise KeyboardInterrupt

    original = threading.Thread.start
    stage = BackgroundStage(work)
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(KeyboardInterrupt), stage:
        stage.start()
    assert ended.is_set()
