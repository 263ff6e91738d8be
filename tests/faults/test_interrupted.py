"""A build may be killed at any moment: the earlier build answers, and the next build succeeds."""

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

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX has these signals")


def checked_answer(settings: Settings) -> str:
    """The answer of the index, after checking every file of the build in service."""
    check_whole(layout.current(settings.index))
    return answered(settings)


# -- at every step ---------------------------------------------------------------------------


class InterruptedBuilds:
    """Builds that remove a document and an old build, each interrupted at another step."""

    def __init__(self, settings: Settings, sent: signal.Signals) -> None:
        # Hundreds of answers follow, and the answer reader would be opened for each.
        self.settings = settings.model_copy(update={"keep_builds": 1, "reader": False})
        write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
        self.first = build_index(self.settings).build
        (settings.corpus / "ships.md").unlink()
        copies = settings.index.with_name("copies")
        words = [sys.executable, "-m", "tests.faults.stopping", sent.name]
        done = run(
            [*words, settings.corpus, settings.index, copies],
            env={**os.environ, "CHATBOT_KEEP_BUILDS": "1", "CHATBOT_READER": "false"},
            cwd=PROJECT,
        )
        *interrupted, complete = map(json.loads, done.stdout.splitlines())
        assert (complete["step"], complete["code"]) == ("", 0), done.stderr
        self.codes = {build["code"] for build in interrupted}
        self.steps = {Path(build["index"]): build["step"] for build in interrupted}

    def check(self, check: Callable[[Settings, str], None]) -> None:
        """Check every index that was left, with the step that the build didn't take."""
        # The steps include creating the folder, files and manifest, the renames that publish the
        # build, and removing the earlier build.
        for step in ("os.mkdir", "dense.faiss", "manifest.json w", "os.rename", "os.rmdir"):
            assert any(step in name for name in self.steps.values()), step
        assert len(self.steps) > 50
        for index, step in self.steps.items():
            check(self.settings.model_copy(update={"index": index}), step)

    def check_next(self, settings: Settings, step: str) -> None:
        """The index answers from the earlier or the new build, and the next build cleans up."""
        before = layout.current(settings.index).name
        assert checked_answer(settings) == NINE, step
        report = build_index(settings)
        assert report.published is (before == self.first), step
        assert (report.documents, report.embedded_texts) == (2, 0), step
        assert checked_answer(settings) == NINE, step
        assert leftovers(settings.index) == [], step


@pytest.mark.slow
def test_a_build_killed_at_any_step_leaves_a_complete_one(settings: Settings) -> None:
    """The earlier build serves until the last rename, and the new one after it."""
    builds = InterruptedBuilds(settings, signal.SIGKILL)
    assert builds.codes == {-signal.SIGKILL}
    in_service = [layout.current(index).name for index in builds.steps]
    published = [name != builds.first for name in in_service]
    assert published == sorted(published)
    last = list(builds.steps.values())[published.index(True) - 1]
    assert last.startswith("os.rename /.CURRENT /CURRENT")
    builds.check(builds.check_next)


@pytest.mark.slow
def test_a_build_stopped_at_any_step_leaves_nothing_behind(settings: Settings) -> None:
    """Ctrl-C ends it with 130; only remains of an old build may stay until the next build."""
    builds = InterruptedBuilds(settings, signal.SIGINT)
    assert builds.codes == {130}

    def check(settings: Settings, step: str) -> None:
        remains = leftovers(settings.index)
        if layout.current(settings.index).name == builds.first:
            assert remains == [], step
        else:
            assert remains in ([], [f"builds/.partial-{builds.first}"]), step
        builds.check_next(settings, step)

    builds.check(check)


# -- whole processes -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_build_killed_at_random_moments_leaves_the_earlier_one(tmp_path: Path) -> None:
    """Twenty builds in a row are killed at different moments, without cleaning up in between."""
    settings = load_settings(corpus=tmp_path / "corpus", index=tmp_path / "index")
    for name in ("arms-sales.md", "sanctions.md", "glossary.md"):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        shutil.copy(PROJECT / "corpus" / name, settings.corpus)
    write(settings.corpus, {"radar.md": RADAR})
    at = ("--corpus", settings.corpus, "--index", settings.index)
    words = command("build", "--fresh", *at)
    began = time.monotonic()
    assert run(words).returncode == 0
    duration = time.monotonic() - began
    rng = random.Random(0)
    partial = killed = 0
    for number in range(20):
        began = time.monotonic()
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as build:
            try:
                build.wait(timeout=duration * (number + rng.random()) / 20)
                # On a busy machine, the first build may have taken longer than this one.
                duration = time.monotonic() - began
            except subprocess.TimeoutExpired:
                build.kill()
                killed += 1
        partial += any(".partial-" in path for path in leftovers(settings.index))
        assert checked_answer(settings) == NINE
    # With fewer, the test would show nothing.
    assert killed >= 10
    assert partial >= 1
    done = run(words)
    assert done.returncode == 0, done.stderr
    assert checked_answer(settings) == NINE
    assert leftovers(settings.index) == []
    assert len(build_names(settings.index)) <= 3


@pytest.mark.parametrize("first_file", ["catalog.sqlite", "titles.npy"])
def test_ctrl_c_stops_a_build_cleanly(settings: Settings, first_file: str) -> None:
    """While reading or embedding, it exits with 130 and leaves no files and no traceback."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    first = build_index(settings).build
    long = "\n\n".join(f"## Part {n}\n\nShip {n} left Omsk. It came back." for n in range(300))
    write(settings.corpus, {f"{n}.md": f"# Fleet {n}\n\n{long}" for n in range(3)})
    words = command("build", "--corpus", settings.corpus, "--index", settings.index)
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as build:
        for changes in watch(
            settings.index / "builds", step=10, rust_timeout=200, yield_on_timeout=True
        ):
            # If the build has already ended, the assertion below fails.
            if build.poll() is not None or any(first_file in path for _, path in changes):
                build.send_signal(signal.SIGINT)
                break
        output, errors = build.communicate(timeout=60)
    assert (build.returncode, output) == (130, ""), errors
    assert errors.splitlines()[-1] == "Stopped."
    assert "Traceback" not in errors
    assert leftovers(settings.index) == []
    assert build_names(settings.index) == [first]
    assert checked_answer(settings) == NINE
