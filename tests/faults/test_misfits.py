"""An index that is busy, incomplete or of another model is refused with the next step."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing
from chatbot.index import layout
from chatbot.index.manifest import SCHEMA
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.build_progress import SilentProgress
from chatbot.settings import Settings
from tests.building import (
    NINE,
    PRICE,
    RADAR,
    answered,
    assert_rebuilt,
    command,
    leftovers,
    problem,
    run,
    write,
)
from tests.index import manifests

# -- concurrent builds -----------------------------------------------------------------------


class BuildsMeanwhile(SilentProgress):
    """Runs commands on the same index in the middle of a build."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.problems: list[str] = []

    def stage(self, name: str, total: int) -> None:
        if name == "embedding":
            at = ("--corpus", self.settings.corpus, "--index", self.settings.index)
            self.problems = [
                problem(run(command("build", *at))),
                problem(run(command("build", "--rollback", *at))),
            ]
            with pytest.raises(IndexBusy):
                build_index(self.settings)
            assert answered(self.settings) == NINE
            assert total


def test_a_second_build_is_refused_until_the_first_is_done(built: Settings) -> None:
    """The first build goes on undisturbed, and questions are answered meanwhile."""
    write(built.corpus, {"radar.md": RADAR.replace("nine", "five")})
    meanwhile = BuildsMeanwhile(built)
    report = build_index(built, progress=meanwhile)
    busy = f"Another build is writing to {built.index}."
    assert meanwhile.problems == 2 * [f"{busy} Wait for it to finish, or name another --index."]
    assert report.published
    assert answered(built) == "The radar cost five roubles."
    assert leftovers(built.index) == []
    assert not build_index(built).published


# -- damaged pointers and incomplete copies --------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "CURRENT names the build '', which is not there"),
        (b"20000101T000000-000000\n", "the build '20000101T000000-000000', which is not there"),
        (b"../builds\n", "CURRENT names the build '../builds', which is not there"),
        (b"\xff\xfe\x00", "CURRENT can't be read ('utf-8' codec"),
        (bytes(1000), "which is not there"),
    ],
    ids=["empty", "unknown", "outside", "no text", "zeros"],
)
def test_a_damaged_pointer_is_reported(
    built: Settings, content: bytes, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """If CURRENT names no build, the newest one serves, and a warning says why."""
    (built.index / "CURRENT").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert answered(built) == NINE
    (warning,) = (record.getMessage() for record in caplog.records)
    assert message in warning
    assert_rebuilt(built)


def test_an_index_without_its_pointer_is_missing(built: Settings) -> None:
    """No build is taken for the one in service, as after an interrupted copy."""
    (built.index / "CURRENT").unlink()
    with pytest.raises(IndexMissing) as refused:
        answered(built)
    at = built.index
    assert str(refused.value) == f"No index at {at}. Build one with: chatbot build --index {at}"
    assert_rebuilt(built)


def test_an_incomplete_copy_is_refused_at_every_stage(built: Settings, tmp_path: Path) -> None:
    """It is refused after every file except the last; then it answers."""
    files = [path for path in sorted(built.index.rglob("*")) if path.is_file()]
    files = [path for path in files if not path.name.endswith(".lock")]
    copy = built.model_copy(update={"index": tmp_path / "copy"})
    for path in files[:-1]:
        target = copy.index / path.relative_to(built.index)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        with pytest.raises((IndexMissing, IndexDamaged), match=r"chatbot build "):
            answered(copy)
    shutil.copy(files[-1], copy.index / files[-1].relative_to(built.index))
    assert answered(copy) == NINE


@pytest.mark.parametrize("words", [("ask", PRICE), ("serve", "--port", "0"), ("info",)])
def test_the_command_line_says_what_is_damaged(built: Settings, words: tuple[str, ...]) -> None:
    """The message is on standard error without a traceback, and the exit code is 1."""
    name = "manifest.json" if words == ("info",) else "rows.npy"
    path = layout.current(built.index) / name
    path.write_bytes(path.read_bytes()[:100])
    message = problem(run(command(*words, "--index", built.index)))
    assert message.startswith(f"The index at {path.parent} is damaged: {name} ")
    assert message.endswith(f"Build it again with: chatbot build --fresh --index {built.index}")


# -- complete builds that don't fit ----------------------------------------------------------


def change_manifest(settings: Settings, **fields: Any) -> None:
    """Overwrite fields in the manifest of the build in service, and seal it again."""
    manifests.change_manifest(layout.current(settings.index) / "manifest.json", **fields)


def test_an_index_of_another_model_is_refused_and_built_again(built: Settings) -> None:
    """A plain build is enough; it embeds everything again."""
    change_manifest(built, model="other", model_fingerprint="0" * 64)
    with pytest.raises(IndexMismatch) as refused:
        answered(built)
    message = str(refused.value)
    assert message.startswith(
        f"The index at {built.index} was built with the model other (000000000000), but "
        f"{built.model} ("
    )
    assert message.endswith(
        f") is required. Build it again with: chatbot build --index {built.index}"
    )
    assert_rebuilt(built)


def test_an_index_of_another_schema_is_refused_and_built_again(built: Settings) -> None:
    """The schema may be that of a later version."""
    change_manifest(built, schema=SCHEMA + 1)
    message = rf"was built with schema {SCHEMA + 1}, but {SCHEMA} is required\. Build"
    with pytest.raises(IndexMismatch, match=message):
        answered(built)
    assert_rebuilt(built)


def test_rolling_back_into_a_damaged_build_is_refused(built: Settings) -> None:
    """The build in service stays."""
    path = layout.current(built.index) / "dense.faiss"
    second = build_index(built, fresh=True).build
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    message = problem(run(command("build", "--rollback", "--index", built.index)))
    assert message == (
        f"The index at {path.parent} is damaged: dense.faiss has changed since the build. "
        f"Build it again with: chatbot build --fresh --index {built.index}"
    )
    assert layout.current(built.index).name == second
    assert answered(built) == NINE


def test_damage_outside_the_build_in_service_does_no_harm(built: Settings) -> None:
    """Questions are answered, and the next build removes what a killed one left."""
    first = layout.current(built.index)
    build_index(built, fresh=True)
    (first / "manifest.json").write_bytes(b"{")
    remains = built.index / "builds" / ".partial-left"
    write(built.index, {".CURRENT": "left", "builds/.partial-left/catalog.sqlite": "left"})
    assert answered(built) == NINE
    assert remains.exists()
    assert not build_index(built).published
    assert leftovers(built.index) == []
    assert answered(built) == NINE
