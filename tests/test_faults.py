"""What goes wrong around a build is said in one sentence, and the earlier build answers on."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.errors import IndexBusy, IndexDamaged, IndexMismatch, IndexMissing, StorageError
from chatbot.index import layout
from chatbot.index.dense import DenseIndex, DenseWriter
from chatbot.ingestion.build import Unwatched, build_index
from chatbot.settings import Settings
from tests.building import (
    BREAD,
    PRICE,
    RADAR,
    SHIPS,
    command,
    leftovers,
    problem,
    recording,
    run,
    subject_to_permissions,
    write,
)

NINE = "The radar cost nine roubles."


@pytest.fixture(autouse=True)
def _open_encoder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is built or opened in this process shares one encoder."""
    recording(encoder, monkeypatch)
    monkeypatch.setattr("chatbot.assistant.open_encoder", lambda *_, **__: encoder)


@pytest.fixture
def built(settings: Settings) -> Settings:
    """A corpus of three documents with its index."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    build_index(settings)
    return settings


def answered(settings: Settings) -> str:
    """What the index answers."""
    with Chatbot.open(settings=settings) as chatbot:
        return chatbot.ask(PRICE).citations[0].quote


def assert_mended(settings: Settings) -> None:
    """The next build makes all anew and serves."""
    report = build_index(settings)
    assert report.published
    assert (report.read, report.carried, report.embedded_texts) == (3, 0, 12)
    assert answered(settings) == NINE


# -- no room, no right to write --------------------------------------------------------------


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Let no file of this process grow over a size, which fails as a full disk does."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_vector_is_lost_to_a_full_disk(tmp_path: Path) -> None:
    """However little is missing, it is an error: FAISS by itself says nothing of the last bytes."""
    writer = DenseWriter(8)
    writer.add(np.eye(8, dtype=np.float32))
    writer.write(tmp_path / "whole")
    size = (tmp_path / "whole").stat().st_size
    for missing in (1, 10, size):
        with no_file_over(size - missing), pytest.raises(StorageError, match="File too large"):
            writer.write(tmp_path / "short")
    with no_file_over(size):
        writer.write(tmp_path / "short")
    assert len(DenseIndex(tmp_path / "short")) == 8


def test_a_full_disk_leaves_the_earlier_build(built: Settings) -> None:
    """Whichever file no longer fits; with room again, the build is made."""
    # With many short sentences, their vectors are the largest file, and the texts the next.
    write(built.corpus, {"fleet.md": " ".join(f"Ship {n} left." for n in range(400))})
    build_index(built)
    first = layout.current(built.index)
    sizes = {path.name: path.stat().st_size for path in first.rglob("*") if path.is_file()}
    *_, texts, vectors = sorted(sizes, key=sizes.__getitem__)
    assert (texts, vectors) == ("catalog.sqlite", "sentences.npy")
    write(built.corpus, {"radar.md": RADAR.replace("nine", "five")})
    for room, reason in (
        (0, "disk I/O error"),
        (sizes[texts] - 1, "disk I/O error"),
        (sizes[texts], "File too large"),
        (sizes[vectors] - 1, "File too large"),
    ):
        with no_file_over(room), pytest.raises(StorageError) as failed:
            build_index(built)
        expected = f"can't be written ({reason}); the earlier build is untouched. Free some space"
        assert expected in str(failed.value)
        assert layout.current(built.index) == first
        assert leftovers(built.index) == []
    assert answered(built) == NINE
    with no_file_over(sizes[vectors]):
        assert build_index(built).published
    assert answered(built) == "The radar cost five roubles."


def test_the_command_line_says_that_the_disk_is_full(built: Settings) -> None:
    """In one sentence with the next step, and exits with 1."""
    words = command("build", "--fresh", "--corpus", built.corpus, "--index", built.index)
    said = problem(run(["sh", "-c", 'ulimit -f 16 && exec "$@"', "sh", *words]))
    assert said.startswith(f"{built.index}/builds/.partial-")
    assert said.endswith(
        "/catalog.sqlite can't be written (disk I/O error); the earlier build is untouched. Free "
        "some space or make it writable, or name another folder with --index, and run the command "
        "again."
    )
    assert answered(built) == NINE
    assert leftovers(built.index) == []


# Builds on a small disk of its own, then says what is there and what it answers.
_ON_A_SMALL_DISK = """
mount -t tmpfs -o size=$1k none "$2" || exit 77
cp -r "$3" "$2/index" || exit 78
shift 3
"$@" build --fresh; echo "exit $?"
ls -A "$CHATBOT_INDEX" "$CHATBOT_INDEX/builds"
"$@" ask "What did the radar cost?" | head -1
"""


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.35, 0.65, 0.9])
def test_a_disk_that_is_really_full(built: Settings, tmp_path: Path, share: float) -> None:
    """A disk with room for a part of another build: it fails wherever that takes it."""
    if not shutil.which("unshare") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    files = filter(Path.is_file, built.index.rglob("*"))
    taken = sum(-(-path.stat().st_size // 4096) * 4 for path in files)
    (tmp_path / "disk").mkdir()
    environment = {
        **os.environ,
        "CHATBOT_CORPUS": str(built.corpus),
        "CHATBOT_INDEX": str(tmp_path / "disk" / "index"),
    }
    first = layout.current(built.index).name
    words = ["unshare", "-m", "sh", "-c", _ON_A_SMALL_DISK, "sh", str(int(taken * (1 + share)))]
    done = run([*words, tmp_path / "disk", built.index, *command()], env=environment)
    if done.returncode == 77:
        pytest.skip(f"no disk can be mounted here: {done.stderr}")
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().endswith("and run the command again.")
    assert "the earlier build is untouched. Free some space" in done.stderr
    code, at, *listed, below, build, quote = [line for line in done.stdout.splitlines() if line]
    assert (code, quote) == ("exit 1", f"{NINE} [1]")
    assert at.endswith("/index:")
    assert sorted(listed) == [".lock", "CURRENT", "builds"]
    assert below.endswith("/builds:")
    assert build == first


def test_an_index_that_can_not_be_written_still_answers(built: Settings, tmp_path: Path) -> None:
    """Building there, or anew in a closed folder, is an error; asking is none."""
    bound = subject_to_permissions()
    (tmp_path / "closed").mkdir()
    folders = [tmp_path / "closed", built.index, *filter(Path.is_dir, built.index.rglob("*"))]
    for folder in folders:
        folder.chmod(0o555)
    try:
        for index in (built.index, tmp_path / "closed" / "index"):
            words = command("build", "--fresh", "--corpus", built.corpus, "--index", index)
            said = problem(run([*bound, *words]))
            assert said.startswith(f"{index} can't be written (Permission denied); the earlier ")
            assert "make it writable, or name another folder with --index" in said
        done = run([*bound, *command("ask", PRICE, "--index", built.index)])
        assert done.stdout.startswith(NINE), done.stderr
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert leftovers(built.index) == []


def test_an_index_that_is_a_file_is_an_error(settings: Settings) -> None:
    """As is one that lies in a file."""
    write(settings.corpus, {"radar.md": RADAR})
    write(settings.index.parent, {settings.index.name: "a file"})
    for index in (settings.index, settings.index / "index"):
        with pytest.raises(StorageError, match=r"can't be written \((Not a dir|File exists)"):
            build_index(settings.model_copy(update={"index": index}))
        with pytest.raises(IndexMissing):
            answered(settings.model_copy(update={"index": index}))


# -- two at once -----------------------------------------------------------------------------


class Second(Unwatched):
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
        f"Another build is writing to {built.index}. Wait for it to end, or name another --index."
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
    retold(built, schema=2)
    with pytest.raises(IndexMismatch, match=r"was built with schema 2, but 1 is wanted\. Build"):
        answered(built)
    assert_mended(built)


def test_rolling_back_into_a_damaged_build_is_refused(built: Settings) -> None:
    """The build in service stays: a bad day must not become a worse one."""
    path = layout.current(built.index) / "dense.faiss"
    second = build_index(built, fresh=True).build
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(IndexDamaged, match=r"dense\.faiss is not what was built"):
        layout.roll_back(built.index)
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
