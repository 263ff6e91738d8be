"""If an index can't be written or read, the error says so, and the earlier build still answers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from chatbot.errors import IndexMissing, StorageError
from chatbot.index import layout
from chatbot.index.dense import DenseIndex, writing_vectors
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import (
    NINE,
    PRICE,
    RADAR,
    answered,
    command,
    leftovers,
    problem,
    run,
    subject_to_permissions,
    write,
)

# -- no space, no permission -----------------------------------------------------------------


@contextmanager
def no_file_over(size: int) -> Iterator[None]:
    """Limit the size of files that this process writes; exceeding it fails like a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_no_vector_is_lost_to_a_full_disk(tmp_path: Path) -> None:
    """A single missing byte is an error, although FAISS itself ignores it."""

    def write_vectors(path: Path) -> None:
        with writing_vectors(path, 8, 8) as add:
            add(np.eye(8, dtype=np.float16))

    write_vectors(tmp_path / "whole")
    size = (tmp_path / "whole").stat().st_size
    for missing in (1, 10, size):
        with no_file_over(size - missing), pytest.raises(StorageError, match="File too large"):
            write_vectors(tmp_path / "short")
    with no_file_over(size):
        write_vectors(tmp_path / "short")
    assert len(DenseIndex(tmp_path / "short")) == 8


def test_a_full_disk_leaves_the_earlier_build(built: Settings) -> None:
    """This holds for whichever file doesn't fit; with enough space, the build succeeds."""
    # Many short sentences make their vectors the largest file, and the texts the second largest.
    write(built.corpus, {"fleet.md": " ".join(f"Ship {n} left." for n in range(1_200))})
    build_index(built)
    first = layout.current(built.index)
    sizes = {path.name: path.stat().st_size for path in first.rglob("*") if path.is_file()}
    *_, texts, vectors = sorted(sizes, key=sizes.__getitem__)
    assert (texts, vectors) == ("catalog.sqlite", "sentences.npy")
    write(built.corpus, {"radar.md": RADAR.replace("nine", "five")})
    for space, reason in (
        (0, "disk I/O error"),
        (sizes[texts] - 1, "disk I/O error"),
        (sizes[texts], "File too large"),
        (sizes[vectors] - 1, "File too large"),
    ):
        with no_file_over(space), pytest.raises(StorageError) as failed:
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
    """It prints one sentence with the next step and exits with 1."""
    words = command("build", "--fresh", "--corpus", built.corpus, "--index", built.index)
    message = problem(run(["sh", "-c", 'ulimit -f 16 && exec "$@"', "sh", *words]))
    assert message.startswith(f"{built.index}/builds/.partial-")
    assert message.endswith(
        "/catalog.sqlite can't be written (disk I/O error); the earlier build is untouched. Free "
        "some space or make it writable, or name another folder with --index, and run the command "
        "again."
    )
    assert answered(built) == NINE
    assert leftovers(built.index) == []


# Builds on a small disk, then lists the index and asks it a question.
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
    """With space for only part of another build, the build fails at various stages."""
    if not shutil.which("unshare") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    files = filter(Path.is_file, built.index.rglob("*"))
    used = sum(-(-path.stat().st_size // 4096) * 4 for path in files)
    (tmp_path / "disk").mkdir()
    environment = {
        **os.environ,
        "CHATBOT_CORPUS": str(built.corpus),
        "CHATBOT_INDEX": str(tmp_path / "disk" / "index"),
    }
    first = layout.current(built.index).name
    words = ["unshare", "-m", "sh", "-c", _ON_A_SMALL_DISK, "sh", str(int(used * (1 + share)))]
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
    """Building into it, or into a folder without permission, is an error; asking isn't."""
    bound = subject_to_permissions()
    (tmp_path / "closed").mkdir()
    folders = [tmp_path / "closed", built.index, *filter(Path.is_dir, built.index.rglob("*"))]
    for folder in folders:
        folder.chmod(0o555)
    try:
        for index in (built.index, tmp_path / "closed" / "index"):
            words = command("build", "--fresh", "--corpus", built.corpus, "--index", index)
            message = problem(run([*bound, *words]))
            assert message.startswith(f"{index} can't be written (Permission denied); the earlier ")
            assert "make it writable, or name another folder with --index" in message
        done = run([*bound, *command("ask", PRICE, "--index", built.index)])
        assert done.stdout.startswith(NINE), done.stderr
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert leftovers(built.index) == []


def test_an_index_without_read_permission_is_reported(built: Settings) -> None:
    """The message names the file that can't be read."""
    bound = subject_to_permissions()
    path = layout.current(built.index) / "rows.npy"
    path.chmod(0)
    message = problem(run([*bound, *command("ask", PRICE, "--index", built.index)]))
    expected = f"The index at {path.parent} is damaged: rows.npy can't be read (Permission denied)."
    assert message.startswith(expected)


def test_an_index_that_is_a_file_is_an_error(settings: Settings) -> None:
    """An index path below a file is an error, too."""
    write(settings.corpus, {"radar.md": RADAR})
    write(settings.index.parent, {settings.index.name: "a file"})
    for index in (settings.index, settings.index / "index"):
        with pytest.raises(StorageError, match=r"can't be written \((Not a dir|File exists)"):
            build_index(settings.model_copy(update={"index": index}))
        with pytest.raises(IndexMissing):
            answered(settings.model_copy(update={"index": index}))
