"""A build reads regular files of the corpus, whatever else lies or appears there."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from chatbot.errors import CorpusError, SkipKind, SkipReason, UnreadableFile
from chatbot.index.corpus_files import open_file
from chatbot.ingestion.scan import scan
from tests.building import RADAR, SHIPS, write
from tests.security.corpora import read_corpus

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX has these kinds of files")

SECRET = "The key is under the mat.\n"  # noqa: S105 - it is the bait


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus of two documents, and a secret beside it."""
    write(tmp_path / "corpus", {"radar.md": RADAR, "fleet/ships.md": SHIPS})
    write(tmp_path / "private", {"radar.md": SECRET, "ships.md": SECRET})
    return tmp_path / "corpus"


def replaced_file(corpus: Path) -> None:
    (corpus / "radar.md").unlink()
    (corpus / "radar.md").symlink_to(corpus.parent / "private/radar.md")


def replaced_folder(corpus: Path) -> None:
    shutil.rmtree(corpus / "fleet")
    (corpus / "fleet").symlink_to(corpus.parent / "private")


@pytest.mark.parametrize(
    ("replace", "name"), [(replaced_file, "radar.md"), (replaced_folder, "fleet/ships.md")]
)
def test_a_file_or_folder_that_becomes_a_link_is_not_followed(
    corpus: Path, tmp_path: Path, replace: Callable[[Path], None], name: str
) -> None:
    """Somebody with access to the corpus replaces it after it was listed and before it is read."""
    rows = read_corpus(corpus, tmp_path, after_scan=lambda: replace(corpus))
    assert rows.pop(name).reason == SkipReason(SkipKind.LINK)
    assert [row.reason for row in rows.values()] == [None]
    assert SECRET.encode() not in (tmp_path / "catalog.sqlite").read_bytes()


def test_a_file_that_becomes_a_pipe_does_not_stop_the_build(corpus: Path, tmp_path: Path) -> None:
    """Opening it would wait for ever."""

    def replace() -> None:
        (corpus / "radar.md").unlink()
        os.mkfifo(corpus / "radar.md")

    rows = read_corpus(corpus, tmp_path, after_scan=replace)
    assert rows["radar.md"].reason == SkipReason(SkipKind.SPECIAL, "a named pipe")
    assert rows["fleet/ships.md"].reason is None


def test_a_file_that_grows_is_still_within_its_limit(corpus: Path, tmp_path: Path) -> None:
    """Its size is that of the file that was opened, not of the one that was listed."""
    rows = read_corpus(
        corpus,
        tmp_path,
        after_scan=lambda: (corpus / "radar.md").write_text("radar " * 1000),
        file_megabytes=0.001,
    )
    reason = rows["radar.md"].reason
    assert reason is not None
    assert reason.kind == SkipKind.TOO_LARGE


def test_a_file_that_is_saved_anew_is_read_as_it_is(corpus: Path, tmp_path: Path) -> None:
    """Editors replace a file when they save it; the row describes the file that was read."""

    def save() -> None:
        (corpus / "new").write_text(RADAR + "\nIt is blue.\n")
        (corpus / "new").replace(corpus / "radar.md")

    row = read_corpus(corpus, tmp_path, after_scan=save)["radar.md"]
    status = (corpus / "radar.md").stat()
    assert (row.reason, row.size, row.modified_ns) == (None, status.st_size, status.st_mtime_ns)


def test_pipes_sockets_and_devices_are_listed_with_their_kind(corpus: Path, tmp_path: Path) -> None:
    """None of them is opened, and none is left out of the account."""
    os.mkfifo(corpus / "pipe.md")
    expected = {"pipe.md": "a named pipe", "radar.md": None, "fleet/ships.md": None}
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(corpus)  # the path of a socket must be short
        try:
            server.bind("socket.md")
        finally:
            os.chdir(here)
        expected["socket.md"] = "a socket"
        if os.geteuid() == 0:
            os.mknod(corpus / "zero.md", stat.S_IFCHR | 0o666, os.makedev(1, 5))
            expected["zero.md"] = "a device"
        rows = read_corpus(corpus, tmp_path)
    reasons = {
        name: detail and SkipReason(SkipKind.SPECIAL, detail) for name, detail in expected.items()
    }
    assert {name: row.reason for name, row in rows.items()} == reasons


def test_a_pipe_is_no_corpus_and_no_list_of_patterns(corpus: Path) -> None:
    """Each is an error with the next step, and nothing waits for the pipe."""
    os.mkfifo(corpus / ".chatbotignore")
    with pytest.raises(CorpusError, match="isn't a file"):
        scan(corpus, index=corpus.parent / "index", largest=1000)
    with pytest.raises(CorpusError, match="neither a folder nor a file"):
        scan(corpus / ".chatbotignore", index=corpus.parent / "index", largest=1000)


def test_the_corpus_itself_may_be_a_link(corpus: Path, tmp_path: Path) -> None:
    """It is the user's choice."""
    (tmp_path / "linked").symlink_to(corpus)
    rows = read_corpus(tmp_path / "linked", tmp_path)
    assert [row.reason for row in rows.values()] == [None, None]


def test_no_part_of_a_path_below_the_corpus_may_be_a_link(corpus: Path) -> None:
    """The check is made on what is opened, not on what was there when it was listed."""
    (corpus / "other").symlink_to(corpus / "fleet")
    with pytest.raises(UnreadableFile, match="link"):
        open_file(corpus / "other/ships.md", inside=corpus)
    open_file(corpus / "fleet/ships.md", inside=corpus).close()
