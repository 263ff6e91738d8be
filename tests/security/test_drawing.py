"""The process that draws pages is confined, and the server runs nothing that it answers."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatbot.confinement.confine import Confinement
from chatbot.web.source.page_pictures import Drawer, NotDrawn, Original
from tests.readers.pdfs import lines, pdf

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a process")


@pytest.fixture
def original(tmp_path: Path) -> Original:
    """A PDF of one page."""
    content = pdf(lines(72, 700, ["The radar was sold to Omsk."], size=14))
    (tmp_path / "radar.pdf").write_bytes(content)
    return Original(tmp_path / "radar.pdf", hashlib.sha256(content).hexdigest())


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    with closing(Drawer()) as open_drawer:
        yield open_drawer


def test_the_process_is_confined_and_knows_no_secret(
    drawer: Drawer, original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can gain no privilege, makes only listed system calls, and has no open files."""
    monkeypatch.setenv("CHATBOT_SECRET", "word")
    assert drawer.picture(original, 1)
    assert drawer._process
    home = Path(f"/proc/{drawer._process.pid}")
    status = dict(
        line.split(":\t", 1) for line in (home / "status").read_text().splitlines() if ":\t" in line
    )
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    names = {entry.partition(b"=")[0] for entry in (home / "environ").read_bytes().split(b"\0")}
    blas = {b"OPENBLAS_CORETYPE", b"OPENBLAS_L2_SIZE", b"OMP_NUM_THREADS"}
    assert names <= {b"", b"PYTHONPATH", b"LC_CTYPE", *blas}
    open_files = {str(path.readlink()) for path in (home / "fd").iterdir()}
    assert not any(path.startswith("/") and path != "/dev/null" for path in open_files)


class _Code:
    """Runs a program wherever it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("framed", [True, False])
def test_a_reply_is_never_run(
    drawer: Drawer,
    original: Original,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    framed: bool,
) -> None:
    """A page that takes the process over gains nothing in the server."""
    content = pickle.dumps((_Code(tmp_path / "taken-over"), None))
    frame = len(content).to_bytes(8, "big") + content if framed else content
    program = f"import sys, time; sys.stdout.buffer.write({frame!r}); sys.stdout.flush()"
    command = (sys.executable, "-c", program)
    monkeypatch.setattr("chatbot.web.source.page_pictures._DRAWING", command)
    with pytest.raises(NotDrawn, match="crashed"):
        drawer.picture(original, 1)
    assert not (tmp_path / "taken-over").exists()


def test_a_half_reply_does_not_hold_the_server(
    original: Original, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time limit holds in the middle of a reply as well."""
    program = "import sys, time; sys.stdout.write('12'); sys.stdout.flush(); time.sleep(60)"
    command = (sys.executable, "-c", program)
    monkeypatch.setattr("chatbot.web.source.page_pictures._DRAWING", command)
    with closing(Drawer(seconds=1)) as drawer, pytest.raises(NotDrawn, match="too long"):
        drawer.picture(original, 1)


def test_missing_means_are_named_with_the_consequence() -> None:
    """The doctor prints this where the kernel lacks one of them."""
    assert str(Confinement("", "")) == "files are read in a confined process"
    text = str(Confinement("Operation not supported", ""))
    assert text.startswith(
        "Landlock (Operation not supported) can't confine the process that reads"
    )
