"""An index that is busy, half there or another's is refused in a sentence that says what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing
from chatbot.index import layout
from chatbot.index.manifest import SCHEMA
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.progress import SilentProgress
from chatbot.settings import Settings
from tests.building import (
    NINE,
    PRICE,
    RADAR,
    answered,
    assert_mended,
    command,
    leftovers,
    problem,
    run,
    write,
)

# -- two at once -----------------------------------------------------------------------------


class Second(SilentProgress):
    """Runs commands on the same index in the middle of a build."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.said: list[str] = []

    def stage(self, name: str, total: int) -> None:
        if name == "embedding":
            at = ("--corpus", self.settings.corpus, "--index", self.settings.index)
            self.said = [
                problem(run(command("build", *at))),
                problem(run(command("build", "--rollback", *at))),
            ]
            with pytest.raises(IndexBusy):
                build_index(self.settings)
            assert answered(self.settings) == NINE
            assert total


def test_the_second_of_two_builds_is_told_to_wait(built: Settings) -> None:
    """The first goes on undisturbed, and questions are answered meanwhile."""
    write(built.corpus, {"radar.md": RADAR.replace("nine", "five")})
    second = Second(built)
    report = build_index(built, progress=second)
    assert second.said == 2 * [
        f"Another build is writing to {built.index}. Wait for it to finish, or name another --index."
    ]
    assert report.published
    assert answered(built) == "The radar cost five roubles."
    assert leftovers(built.index) == []
    assert not build_index(built).published


# -- pointers and copies that are not whole --------------------------------------------------


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
def test_a_damaged_pointer_is_said(built: Settings, content: bytes, message: str) -> None:
    """CURRENT must name a build that is there."""
    (built.index / "CURRENT").write_bytes(content)
    with pytest.raises(IndexDamaged) as refused:
        answered(built)
    assert message in str(refused.value)
    assert_mended(built)


def test_an_index_without_its_pointer_is_missing(built: Settings) -> None:
    """As when a copy was broken off; no build is taken for the one in service by guessing."""
    (built.index / "CURRENT").unlink()
    with pytest.raises(IndexMissing) as refused:
        answered(built)
    at = built.index
    assert str(refused.value) == f"No index at {at}. Build one with: chatbot build --index {at}"
    assert_mended(built)


def test_a_half_copied_index_is_refused_whatever_came_over(built: Settings, tmp_path: Path) -> None:
    """After each file of the copy but the last; then it answers."""
    files = [path for path in sorted(built.index.rglob("*")) if path.is_file()]
    files = [path for path in files if not path.name.endswith(".lock")]
    half = built.model_copy(update={"index": tmp_path / "half"})
    for path in files[:-1]:
        target = half.index / path.relative_to(built.index)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        with pytest.raises((IndexMissing, IndexDamaged), match=r"chatbot build "):
            answered(half)
    shutil.copy(files[-1], half.index / files[-1].relative_to(built.index))
    assert answered(half) == NINE


@pytest.mark.parametrize("words", [("ask", PRICE), ("serve", "--port", "0"), ("info",)])
def test_the_command_line_says_what_is_damaged(built: Settings, words: tuple[str, ...]) -> None:
    """On standard error, exit 1, without a traceback."""
    name = "manifest.json" if words == ("info",) else "rows.npy"
    path = layout.current(built.index) / name
    path.write_bytes(path.read_bytes()[:100])
    said = problem(run(command(*words, "--index", built.index)))
    assert said.startswith(f"The index at {path.parent} is damaged: {name} ")
    assert said.endswith(f"Build it again with: chatbot build --fresh --index {built.index}")


# -- builds that are whole and do not fit ----------------------------------------------------


def retold(settings: Settings, **fields: Any) -> None:
    """Change what the manifest of the build in service says."""
    path = layout.current(settings.index) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")


def test_an_index_of_another_model_is_refused_and_built_again(built: Settings) -> None:
    """A plain build is enough: all is embedded anew."""
    retold(built, model="other", model_fingerprint="0" * 64)
    with pytest.raises(IndexMismatch) as refused:
        answered(built)
    said = str(refused.value)
    assert said.startswith(
        f"The index at {built.index} was built with the model other (000000000000), but "
        f"{built.model} ("
    )
    assert said.endswith(f") is wanted. Build it again with: chatbot build --index {built.index}")
    assert_mended(built)


def test_an_index_of_another_schema_is_refused_and_built_again(built: Settings) -> None:
    """As one of a later version would be."""
    retold(built, schema=SCHEMA + 1)
    told = rf"was built with schema {SCHEMA + 1}, but {SCHEMA} is wanted\. Build"
    with pytest.raises(IndexMismatch, match=told):
        answered(built)
    assert_mended(built)


def test_rolling_back_into_a_damaged_build_is_refused(built: Settings) -> None:
    """The build in service stays: a bad day must not become a worse one."""
    path = layout.current(built.index) / "dense.faiss"
    second = build_index(built, fresh=True).build
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    said = problem(run(command("build", "--rollback", "--index", built.index)))
    assert said == (
        f"The index at {path.parent} is damaged: dense.faiss is not what was built. "
        f"Build it again with: chatbot build --fresh --index {built.index}"
    )
    assert layout.current(built.index).name == second
    assert answered(built) == NINE


def test_damage_beside_the_build_in_service_does_no_harm(built: Settings) -> None:
    """Neither to questions nor to the next build, which clears away what a dead one left."""
    first = layout.current(built.index)
    build_index(built, fresh=True)
    (first / "manifest.json").write_bytes(b"{")
    left = built.index / "builds" / ".partial-left"
    write(built.index, {".CURRENT": "left", "builds/.partial-left/catalog.sqlite": "left"})
    assert answered(built) == NINE
    assert left.exists()
    assert not build_index(built).published
    assert leftovers(built.index) == []
    assert answered(built) == NINE
