"""A reader that a file has taken over reaches nothing, and says nothing false."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chatbot.errors import UnreadableFile
from chatbot.index.corpus_files import open_file
from chatbot.ingestion.isolation import IsolatedReader
from chatbot.readers.installed import installed_formats
from chatbot.readers.reading_messages import Limits, Opened
from chatbot.types import Document
from tests.building import RADAR, SHIPS, write
from tests.security.corpora import read_corpus

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a process")

LIMITS = Limits(seconds=20, memory=400_000_000, output=100_000)
HERE = Path(__file__).parent
SECRET = "the-secret-word"  # noqa: S105 - it is the bait


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The hostile reader as an installed package with an entry point."""
    home = tmp_path_factory.mktemp("installed") / "site-packages"
    record = home / "hostile_reader-1.0.dist-info"
    record.mkdir(parents=True)
    shutil.copy(HERE / "hostile_reader.py", home)
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile_reader\nVersion: 1.0\n")
    point = "[chatbot.readers]\nattack = hostile_reader:FORMAT\n"
    (record / "entry_points.txt").write_text(point)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(home))
        patch.setenv("CHATBOT_SECRET", SECRET)
        installed_formats.cache_clear()
        yield home
    installed_formats.cache_clear()


@pytest.fixture(scope="module")
def reader(installed: Path) -> Iterator[IsolatedReader]:
    """One reading process for all attacks; after an attack that ends it, it is started again."""
    assert installed.is_dir()
    with closing(IsolatedReader(LIMITS)) as isolated:
        yield isolated


@pytest.fixture
def bait(tmp_path: Path) -> Path:
    """A file outside the corpus."""
    path = tmp_path / "secret.txt"
    path.write_text(SECRET)
    return path


def outcome(reader: IsolatedReader, folder: Path, *attack: Any) -> str:
    """How an attack went, as the document of its file says; or why the file is skipped."""
    path = folder / "attack.txt"
    path.write_text(json.dumps(["attack", *attack]))
    reader.request(open_file(path), path.name, f"{path.name}/")
    try:
        documents = [reply for reply in reader.replies() if isinstance(reply, Document)]
    except UnreadableFile as skipped:
        return str(skipped)
    return "; ".join(document.text for document in documents)


def reads(reader: IsolatedReader, folder: Path) -> bool:
    """Whether an ordinary file is read next."""
    path = folder / "plain.md"
    path.write_text("# Radar\n\nIt went to Omsk.")
    reader.request(open_file(path), path.name, f"{path.name}/")
    return [type(reply) for reply in reader.replies()] == [Opened, Document]


# -- reaching out ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/etc/hostname", "~/.ssh/config", "~/.bashrc", "/proc/self/environ"]
)
def test_no_file_of_the_machine_can_be_read(
    reader: IsolatedReader, tmp_path: Path, path: str
) -> None:
    """This includes files that everyone may read."""
    result = outcome(reader, tmp_path, "read", str(Path(path).expanduser()))
    assert result == "refused PermissionError" or not Path(path).expanduser().exists()


def test_neither_other_documents_nor_settings_can_be_read(
    reader: IsolatedReader, bait: Path, tmp_path: Path
) -> None:
    """The file itself comes open; a second thread may do no more than the first."""
    for attack in ("read", "read in a thread"):
        assert outcome(reader, tmp_path, attack, str(bait)).startswith("refused")
    assert outcome(reader, tmp_path, "list", str(tmp_path)) == "refused PermissionError"
    assert outcome(reader, tmp_path, "list", "/") == "refused PermissionError"
    assert outcome(reader, tmp_path, "open files") == "refused LookupError"


def test_no_secret_of_the_environment_arrives(reader: IsolatedReader, tmp_path: Path) -> None:
    """The reader finds none in its own environment or in that of the build."""
    assert outcome(reader, tmp_path, "environment", SECRET) == "refused LookupError"
    environment = f"/proc/{os.getpid()}/environ"
    assert outcome(reader, tmp_path, "read", environment) == "refused PermissionError"
    memory = f"/proc/{os.getpid()}/mem"
    assert outcome(reader, tmp_path, "read", memory) == "refused PermissionError"


def test_no_socket_can_be_opened(reader: IsolatedReader, tmp_path: Path) -> None:
    """A server on this machine waits for a connection, and none arrives."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        assert outcome(reader, tmp_path, "connect", server.getsockname()[1]) == "refused OSError"
        with pytest.raises(TimeoutError):
            server.accept()
    for attack in ("socket", "datagram", "socket pair"):
        assert outcome(reader, tmp_path, attack) == "refused OSError"
    assert outcome(reader, tmp_path, "look up").startswith("refused")


@pytest.mark.parametrize("attack", ["fork", "program", "spawn", "replace"])
def test_no_process_can_be_started(reader: IsolatedReader, tmp_path: Path, attack: str) -> None:
    """The reader can start neither a copy of itself nor another program."""
    assert outcome(reader, tmp_path, attack) in ("refused OSError", "refused PermissionError")


@pytest.mark.parametrize(
    "attack",
    "write append delete rename link permissions owner time truncate attribute make-folder "
    "delete-all hard-link".split(),
)
def test_nothing_can_be_written(
    reader: IsolatedReader, bait: Path, tmp_path: Path, attack: str
) -> None:
    """Files and folders stay as they are."""
    before = bait.stat()
    target = {"make-folder": tmp_path / "new", "delete-all": tmp_path}.get(attack, bait)
    assert outcome(reader, tmp_path, attack.replace("-", " "), str(target)).startswith("refused")
    assert bait.read_text() == SECRET
    assert (bait.stat().st_mode, bait.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert {path.name for path in tmp_path.iterdir()} == {"attack.txt", "secret.txt"}


@pytest.mark.parametrize("attack", ["kill", "kill group", "ptrace", "memory", "priority"])
def test_no_other_process_can_be_touched(
    reader: IsolatedReader, tmp_path: Path, attack: str
) -> None:
    """It can neither end another process nor look into it."""
    with subprocess.Popen(["sleep", "60"]) as victim:
        try:
            assert outcome(reader, tmp_path, attack, victim.pid).startswith("refused")
            assert victim.poll() is None
        finally:
            victim.kill()


def test_the_machine_can_not_be_changed(reader: IsolatedReader, tmp_path: Path) -> None:
    """This holds even for the administrator."""
    for attack in ("user", "root folder", "host name"):
        assert outcome(reader, tmp_path, attack).startswith("refused")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("socket by its number", 41),
        ("socket with numbers of 32 bits", 0x40000000 + 41),
        ("io_uring", 425),
        ("bpf", 321),
        ("user namespace", 272),
        ("perf", 298),
        ("keys", 250),
        ("userfaultfd", 323),
        ("new thread or process", 435),
        ("open by handle", 304),
        ("pidfd", 434),
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of this processor")
def test_a_system_call_that_is_not_listed_fails(
    reader: IsolatedReader, tmp_path: Path, name: str, number: int
) -> None:
    """The list names what is allowed, so a call that nobody thought of fails."""
    result = outcome(reader, tmp_path, "system call", number, 2, 1, 0)
    assert result == "refused OSError", name


def test_a_build_survives_every_attack(installed: Path, bait: Path, tmp_path: Path) -> None:
    """Files before, between and after the attacks are read, and the machine is as it was."""
    assert installed.is_dir()
    corpus = tmp_path / "corpus"
    write(corpus, {"a.md": RADAR, "m.md": SHIPS, "z.md": RADAR})
    attacks: list[list[object]] = [
        ["read", str(bait)],
        ["write", str(bait)],
        ["fork"],
        ["kill", os.getpid()],
        ["pickle", str(tmp_path / "taken-over")],
        ["huge frame"],
        ["id of another file", "3.txt", "a.md"],
    ]
    for number, attack in enumerate(attacks):
        name = f"{'b' if number % 2 else 'n'}{number}.txt"
        write(corpus, {name: json.dumps(["attack", *attack])})
    rows = read_corpus(corpus, tmp_path)
    assert len(rows) == len(attacks) + 3
    assert [rows[name].reason for name in ("a.md", "m.md", "z.md")] == [None] * 3
    assert bait.read_text() == SECRET
    assert SECRET.encode() not in (tmp_path / "catalog.sqlite").read_bytes()
    assert not (tmp_path / "taken-over").exists()


# -- false replies ---------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ["pickle", "pickle in a frame"])
def test_a_reply_is_never_run(reader: IsolatedReader, tmp_path: Path, attack: str) -> None:
    """A reply that would run a program is refused, and the next file is read."""
    marker = tmp_path / "taken-over"
    assert outcome(reader, tmp_path, attack, str(marker)).startswith("crashed its reader")
    assert not marker.exists()
    assert reads(reader, tmp_path)


@pytest.mark.parametrize(
    "attack", ["huge frame", "cut frame", "deep frame", "wrong types", "unknown type", "endless"]
)
def test_a_malformed_reply_costs_the_file_and_no_other(
    reader: IsolatedReader, tmp_path: Path, attack: str
) -> None:
    """Its length, its nesting and its types are checked first."""
    arguments = ["attack.txt"] if attack == "endless" else []
    assert outcome(reader, tmp_path, attack, *arguments).startswith("crashed its reader")
    assert reads(reader, tmp_path)


@pytest.mark.parametrize(
    "attack",
    [
        ["source of another file", "policy.md"],
        ["id of another file", "attack.txt", "policy.md"],
        ["other text", "attack.txt"],
        ["no text", "attack.txt"],
        ["span outside", "attack.txt"],
        ["span before", "attack.txt"],
        ["span backwards", "attack.txt"],
    ],
)
def test_a_false_document_is_refused(
    reader: IsolatedReader, tmp_path: Path, attack: list[str]
) -> None:
    """A file can't speak for another one, and offsets lie in the text."""
    assert outcome(reader, tmp_path, *attack).startswith("crashed its reader: it sent ")
    assert reads(reader, tmp_path)
