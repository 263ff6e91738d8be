"""A build may be killed or stopped at any moment: the earlier one answers, the next one is made."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from watchfiles import watch

from chatbot.index import layout
from chatbot.index.manifest import check_whole
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from tests.building import (
    BREAD,
    NINE,
    RADAR,
    SHIPS,
    answered,
    build_names,
    command,
    leftovers,
    run,
    write,
)
from tests.shared import PROJECT

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


def whole_answer(settings: Settings) -> str:
    """What the index answers, every file of which is as it was built."""
    check_whole(layout.current(settings.index))
    return answered(settings)


# -- at every step ---------------------------------------------------------------------------


class Stopped:
    """Builds that drop the ships and keep one build, each stopped at another of their steps."""

    def __init__(self, settings: Settings, sent: signal.Signals) -> None:
        self.settings = settings.model_copy(update={"keep_builds": 1})
        write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
        self.first = build_index(self.settings).build
        (settings.corpus / "ships.md").unlink()
        copies = settings.index.with_name("copies")
        words = [sys.executable, "-m", "tests.faults.stopping", sent.name]
        done = run(
            [*words, settings.corpus, settings.index, copies],
            env={**os.environ, "CHATBOT_KEEP_BUILDS": "1"},
            cwd=PROJECT,
        )
        *stopped, whole = map(json.loads, done.stdout.splitlines())
        assert (whole["step"], whole["code"]) == ("", 0), done.stderr
        self.codes = {each["code"] for each in stopped}
        self.steps = {Path(each["index"]): each["step"] for each in stopped}

    def check(self, check: Callable[[Settings, str], None]) -> None:
        """Look into each index as it was left, with the step that was about to be done."""
        # Making the folder, the files and the manifest, then the renames that publish, then
        # removing the earlier build: all of them have been stopped at.
        for step in ("os.mkdir", "dense.faiss", "manifest.json w", "os.rename", "os.rmdir"):
            assert any(step in each for each in self.steps.values()), step
        assert len(self.steps) > 50
        for index, step in self.steps.items():
            check(self.settings.model_copy(update={"index": index}), step)

    def check_next(self, settings: Settings, step: str) -> None:
        """The index answers, from the earlier build or the new; the next build clears up."""
        before = layout.current(settings.index).name
        assert whole_answer(settings) == NINE, step
        report = build_index(settings)
        assert report.published is (before == self.first), step
        assert (report.documents, report.embedded_texts) == (2, 0), step
        assert whole_answer(settings) == NINE, step
        assert leftovers(settings.index) == [], step


@pytest.mark.slow
def test_a_build_killed_at_any_step_leaves_a_whole_one(settings: Settings) -> None:
    """The earlier build up to the last rename, the new one after it, and never a mixture."""
    stopped = Stopped(settings, signal.SIGKILL)
    assert stopped.codes == {-signal.SIGKILL}
    in_service = [layout.current(index).name for index in stopped.steps]
    published = [name != stopped.first for name in in_service]
    assert published == sorted(published)
    last = list(stopped.steps.values())[published.index(True) - 1]
    assert last.startswith("os.rename /.CURRENT /CURRENT")
    stopped.check(stopped.check_next)


@pytest.mark.slow
def test_a_build_stopped_at_any_step_leaves_nothing_behind(settings: Settings) -> None:
    """Ctrl-C ends it with 130; only what is left of an old build may wait for the next."""
    stopped = Stopped(settings, signal.SIGINT)
    assert stopped.codes == {130}

    def check(settings: Settings, step: str) -> None:
        left = leftovers(settings.index)
        if layout.current(settings.index).name == stopped.first:
            assert left == [], step
        else:
            assert left in ([], [f"builds/.partial-{stopped.first}"]), step
        stopped.check_next(settings, step)

    stopped.check(check)


# -- whole processes -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_build_killed_at_random_moments_leaves_the_earlier_one(tmp_path: Path) -> None:
    """Twenty, spread over the time that a build takes, one after the other without clearing up."""
    settings = load_settings(corpus=tmp_path / "corpus", index=tmp_path / "index")
    for name in ("arms-sales.md", "sanctions.md", "glossary.md"):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "corpus" / name, settings.corpus)
    write(settings.corpus, {"radar.md": RADAR})
    at = ("--corpus", settings.corpus, "--index", settings.index)
    words = command("build", "--fresh", *at)
    began = time.monotonic()
    assert run(words).returncode == 0
    takes = time.monotonic() - began
    chance = random.Random(0)
    partial = killed = 0
    for number in range(20):
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as build:
            try:
                build.wait(timeout=takes * (number + chance.random()) / 20)
            except subprocess.TimeoutExpired:
                build.kill()
                killed += 1
        partial += any(".partial-" in path for path in leftovers(settings.index))
        assert whole_answer(settings) == NINE
    # Otherwise nothing has been shown.
    assert killed >= 10
    assert partial >= 1
    done = run(words)
    assert done.returncode == 0, done.stderr
    assert whole_answer(settings) == NINE
    assert leftovers(settings.index) == []
    assert len(build_names(settings.index)) <= 3


@pytest.mark.parametrize("begun", ["catalog.sqlite", "titles.npy"])
def test_ctrl_c_stops_a_build_cleanly(settings: Settings, begun: str) -> None:
    """While it reads or embeds: exit 130, one word, nothing left, no traceback."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    first = build_index(settings).build
    long = "\n\n".join(f"## Part {n}\n\nShip {n} left Omsk. It came back." for n in range(300))
    write(settings.corpus, {f"{n}.md": f"# Fleet {n}\n\n{long}" for n in range(3)})
    words = command("build", "--corpus", settings.corpus, "--index", settings.index)
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as build:
        for found in watch(
            settings.index / "builds", step=10, rust_timeout=200, yield_on_timeout=True
        ):
            # A build that has ended will have been stopped by nobody.
            if build.poll() is not None or any(begun in path for _, path in found):
                build.send_signal(signal.SIGINT)
                break
        printed, said = build.communicate(timeout=60)
    assert (build.returncode, printed) == (130, ""), said
    assert said.splitlines()[-1] == "Stopped."
    assert "Traceback" not in said
    assert leftovers(settings.index) == []
    assert build_names(settings.index) == [first]
    assert whole_answer(settings) == NINE
