"""A build appears whole or not at all, and the one in service is always whole."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import IndexBusy, IndexDamaged, IndexMissing, StorageError, UsageError
from chatbot.index import layout
from chatbot.index.manifest import seal
from tests.index.manifests import MANIFEST


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def written(index: Path, name: str, *, keep: int = 9) -> Path:
    """Publish a build of two files, as the write path does."""
    with layout.writing(index), layout.partial_build(index, name) as folder:
        (folder / "lexical").mkdir()
        (folder / "lexical" / "words").write_text(name)
        number = layout.next_number(index)
        replace(MANIFEST, name=name, number=number, seals=seal(folder)).write(folder)
        return layout.publish(index, folder, keep=keep)


# -- publishing ------------------------------------------------------------------------------


def test_a_build_is_in_service_once_it_is_published(index: Path) -> None:
    """Before, there is no index; after, the files are as they were written."""
    with layout.writing(index), layout.partial_build(index, "1") as folder:
        (folder / "manifest.json").write_text("whole")
        assert layout.build_names(index) == []
        with pytest.raises(IndexMissing, match="chatbot build --index"):
            layout.current(index)
        final = layout.publish(index, folder, keep=1)
    assert layout.current(index) == final == index / "builds" / "1"
    assert (final / "manifest.json").read_text() == "whole"
    assert sorted(path.name for path in index.iterdir()) == [".lock", "CURRENT", "builds"]
    assert list((index / "builds").iterdir()) == [final]


def test_a_build_that_fails_leaves_the_one_in_service(index: Path) -> None:
    """The files written so far are removed."""
    first = written(index, "1")

    def fail() -> None:
        with layout.writing(index), layout.partial_build(index, "2") as folder:
            (folder / "manifest.json").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert layout.current(index) == first
    assert list((index / "builds").iterdir()) == [first]


def test_a_folder_without_a_manifest_is_no_build(index: Path) -> None:
    """A hidden folder isn't one either."""
    written(index, "1")
    (index / "builds" / "2").mkdir()
    (index / "builds" / ".partial-3").mkdir()
    (index / "builds" / ".partial-3" / "manifest.json").write_text("{}")
    assert layout.build_names(index) == ["1"]


def test_leftovers_of_a_dead_writer_are_removed(index: Path) -> None:
    """The next writer finds published builds and nothing else."""
    first = written(index, "1")
    (index / "builds" / ".partial-2" / "lexical").mkdir(parents=True)
    (index / ".CURRENT").write_text("2\n")
    with layout.writing(index):
        assert list((index / "builds").iterdir()) == [first]
        assert not (index / ".CURRENT").exists()


@pytest.mark.parametrize("keep", [1, 2, 3, 9])
def test_the_newest_builds_are_kept(index: Path, keep: int) -> None:
    """`keep` builds remain; the oldest are removed first."""
    names = ["1", "2", "3", "4"]
    for name in names:
        written(index, name, keep=keep)
    assert layout.build_names(index) == names[-keep:]
    assert layout.current(index).name == "4"


def test_the_build_in_service_is_kept_though_the_clock_was_set_back(index: Path) -> None:
    """The build in service is kept even if its name sorts first."""
    written(index, "2")
    assert written(index, "1", keep=1) == layout.current(index) == index / "builds" / "1"
    assert (index / "builds" / "1" / "manifest.json").is_file()


def test_names_are_in_the_order_of_time() -> None:
    """Names sort by time, however quickly they follow each other."""
    names = [layout.new_name() for _ in range(200)]
    assert names == sorted(names)
    assert {len(name) for name in names} == {len("20180531T235959-000001")}


DYING = """
import os, sys
from pathlib import Path
from chatbot.index import layout
from chatbot.index.manifest import read_manifest, seal
from tests.index.manifests import MANIFEST
from tests.index.test_layout import written

index = Path(sys.argv[1])
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT

def dying(last):
    left = [last]
    def watch(event, arguments):
        # Reading changes nothing. There is more of it the more dead writers left something.
        changes = event in CHANGES or event == "open" and arguments[2] & WRITES
        if changes and str(index) in str(arguments[0]):
            left[0] -= 1
            if left[0] < 0:
                os._exit(9)
    sys.addaudithook(watch)

written(index, "0000")
for moment in range(10_000):
    child = os.fork()
    if not child:
        dying(moment)
        written(index, f"{moment + 1:04}", keep=1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    build = layout.current(index)
    assert read_manifest(build).name == build.name
    assert (build / "lexical" / "words").read_text() == build.name
    if not code:
        break
    assert code == 9, code
names = layout.build_names(index)
print(moment, names == [f"{moment + 1:04}"])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_writer_may_die_at_any_moment(index: Path) -> None:
    """The process dies before each of its steps in turn; a whole build is always in service.

    The writer that comes after the dead ones publishes as if nothing had been.
    """
    done = subprocess.run(
        [sys.executable, "-c", DYING, str(index)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    moments, alone = done.stdout.split()
    assert int(moments) > 10
    assert alone == "True"


# -- the build in service --------------------------------------------------------------------


def test_an_index_that_is_not_there_is_missing(index: Path, tmp_path: Path) -> None:
    """An index folder below a file is missing too."""
    (tmp_path / "file").write_text("")
    for path in (index, tmp_path / "file"):
        with pytest.raises(IndexMissing):
            layout.current(path)


@pytest.mark.parametrize("name", ["", "2", "..", "../builds/1", "/etc", ".partial-3", "1\n1"])
def test_a_current_that_names_no_build_is_damage(index: Path, name: str) -> None:
    """CURRENT must be the name of a published build."""
    written(index, "1")
    (index / "builds" / ".partial-3").mkdir()
    (index / "builds" / ".partial-3" / "manifest.json").write_text("{}")
    (index / "CURRENT").write_text(name)
    with pytest.raises(IndexDamaged, match="which is not there") as failure:
        layout.current(index)
    assert repr(name) in str(failure.value)


def test_a_current_that_can_not_be_read_is_damage(index: Path) -> None:
    """CURRENT may have invalid text, or be a folder."""
    written(index, "1")
    (index / "CURRENT").write_bytes(b"\xff\xfe")
    with pytest.raises(IndexDamaged, match="CURRENT can't be read"):
        layout.current(index)
    (index / "CURRENT").unlink()
    (index / "CURRENT").mkdir()
    with pytest.raises(IndexDamaged, match="CURRENT can't be read"):
        layout.current(index)


# -- rolling back ----------------------------------------------------------------------------


def test_rolling_back_goes_back_one_build_at_a_time(index: Path) -> None:
    """No build is deleted, and the first build can't be rolled back."""
    for name in ("1", "2", "3"):
        written(index, name)
    assert [layout.roll_back(index), layout.roll_back(index)] == ["2", "1"]
    assert layout.current(index).name == "1"
    with pytest.raises(UsageError, match="no build before 1"):
        layout.roll_back(index)
    assert layout.build_names(index) == ["1", "2", "3"]
    assert layout.current(index).name == "1"


def test_rolling_back_needs_an_index(index: Path) -> None:
    """Without an index, rolling back fails and creates nothing."""
    with pytest.raises(IndexMissing):
        layout.roll_back(index)
    assert not index.exists()


def test_a_build_after_a_roll_back_is_in_service(index: Path) -> None:
    """The next roll-back returns to the build before it."""
    for name in ("1", "2"):
        written(index, name)
    layout.roll_back(index)
    assert written(index, "3") == layout.current(index)
    assert layout.roll_back(index) == "2"


# -- one writer at a time --------------------------------------------------------------------


def test_a_second_writer_is_turned_away(index: Path) -> None:
    """It fails at once and names the folder; when the first writer is done, the folder is free."""
    with layout.writing(index):
        with pytest.raises(IndexBusy, match=f"Another build is writing to {index}"):
            written(index, "1")
        with pytest.raises(IndexMissing):
            layout.current(index)
    written(index, "1")
    with layout.writing(index), pytest.raises(IndexBusy):
        layout.roll_back(index)


def test_the_lock_of_a_dead_writer_does_not_hold(index: Path) -> None:
    """Killing a writer releases its lock."""
    code = (
        "import sys; from pathlib import Path; from chatbot.index.layout import writing\n"
        "with writing(Path(sys.argv[1])): print('writing', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(index)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "writing\n"
        with pytest.raises(IndexBusy):
            written(index, "1")
        process.kill()
        process.wait()
    assert written(index, "2") == layout.current(index)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_no_more_is_a_storage_error(index: Path, number: int) -> None:
    """The message has the system's reason, and the build in service stays."""
    first = written(index, "1")
    with pytest.raises(StorageError, match=os.strerror(number)), layout.writing(index):
        raise OSError(number, os.strerror(number))
    assert layout.current(index) == first


def test_another_failure_keeps_its_traceback(index: Path) -> None:
    """An error that isn't the disk's fault is a bug."""
    with (
        pytest.raises(OSError, match="Invalid argument"),
        layout.writing(index),
    ):
        raise OSError(errno.EINVAL, "Invalid argument")


def test_an_index_folder_that_is_a_file_is_a_storage_error(index: Path) -> None:
    """A folder can't be created over a file."""
    index.write_text("")
    with pytest.raises(StorageError, match=f"{index} can't be written"):
        written(index, "1")
