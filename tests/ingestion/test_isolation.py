"""A reader may hang, crash or explode: that costs the file, and the file is listed with why."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.isolation import Afresh, Isolation
from chatbot.readers import RawFile, Skipped, read
from chatbot.readers.worker import Limits, Opened
from chatbot.settings import Settings
from chatbot.types import Document
from tests.breakable import BREAKABLE
from tests.building import BREAD, RADAR, SHIPS, command, run, write

LIMITS = Limits(seconds=30, memory=300_000_000, output=10_000_000)
HASTY = Limits(seconds=0.5, memory=300_000_000, output=10_000_000)


@pytest.fixture
def isolation() -> Iterator[Isolation]:
    """Reading in another process, whose reader of HTML has every fault there is."""
    opened = Isolation(HASTY, command=BREAKABLE)
    yield opened
    opened.close()


def answer(isolation: Isolation, path: Path) -> list[Document | Skipped] | str:
    """The documents of a file, or why there are none."""
    isolation.ask(path, path.name, f"{path.name}/")
    return taken(isolation)


def taken(isolation: Isolation) -> list[Document | Skipped] | str:
    found: list[Document | Skipped] = []
    try:
        for each in isolation.answers():
            if isinstance(each, Afresh):
                found.clear()
            elif not isinstance(each, Opened):
                found.append(each)
    except UnreadableFile as failure:
        return str(failure)
    return found


def processes(parent: int) -> list[int]:
    """The processes that another one has started and not yet seen the end of."""
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    if not listed.exists():
        pytest.skip("only Linux lists the processes that another has started")
    return [int(number) for number in listed.read_text("ascii").split()]


def gone(process: int) -> bool:
    """Whether a process has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


# -- the same documents ----------------------------------------------------------------------


def test_what_is_read_elsewhere_is_what_is_read_here(tmp_path: Path) -> None:
    """Every part of every document comes through the pipe as the reader made it."""
    lines = "".join(f'{{"_id": "{n}", "text": "Ship {n} left."}}\n' for n in range(3000))
    write(tmp_path, {"a.md": RADAR, "b.jsonl": lines, "c.txt": "Ship. " * 200_000})
    isolation = Isolation(LIMITS)
    paths = sorted(tmp_path.iterdir())
    for path in paths:
        isolation.ask(path, path.name, "x/")
    for path in paths:
        assert taken(isolation) == list(read(RawFile(path.name, path.read_bytes(), "x/")))
    isolation.close()


def test_what_a_reader_prints_does_not_get_among_the_answers(
    isolation: Isolation, tmp_path: Path
) -> None:
    """Libraries write to standard output as they like."""
    write(tmp_path, {"a.html": "<html>print", "b.md": RADAR})
    for name in ("a.html", "b.md"):
        assert len(answer(isolation, tmp_path / name)) == 1


def test_a_reader_needs_no_model(tmp_path: Path) -> None:
    """The process starts in a moment, because nothing heavy is loaded in it."""
    code = (
        "import sys; import chatbot.readers.worker; "
        "from chatbot.readers.built_in import BUILT_IN; "
        "from chatbot.readers.formats import Formats; Formats(BUILT_IN).load_readers(); "
        "heavy = {'torch', 'openvino', 'gradio', 'faiss', 'tantivy', 'pydantic', 'scipy'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert run([sys.executable, "-c", code], cwd=tmp_path).stdout == "[]\n"


# -- faults ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("raise", "damaged: it broke its reader (ZeroDivisionError)"),
        ("hang", "timed out: after 0.5 s (the setting file_seconds)"),
        ("hang deeply", "timed out: after 0.5 s (the setting file_seconds)"),
        ("end", "crashed its reader: exit code 3"),
        ("abort", "crashed its reader: SIGABRT"),
        ("crash", "crashed its reader: SIGSEGV"),
        ("explode", "needed more memory: over 300 MB (the setting file_memory_megabytes)"),
    ],
)
def test_a_fault_costs_the_file_and_no_other(tmp_path: Path, fault: str, reason: str) -> None:
    """Files asked for before and after it are read, though the process had to be replaced."""
    if os.name != "posix" and fault in ("abort", "crash", "explode"):
        pytest.skip("signals and limits of memory are POSIX's")
    write(tmp_path, {"a.md": RADAR, "b.html": f"<html>{fault}", "c.md": SHIPS, "d.md": BREAD})
    limits = LIMITS if fault == "explode" else HASTY
    isolation = Isolation(limits, command=BREAKABLE)
    paths = sorted(tmp_path.iterdir())
    for path in paths:
        isolation.ask(path, path.name, "")
    for path in paths:
        found = taken(isolation)
        if path.suffix == ".html":
            assert found == reason
        else:
            assert found == list(read(RawFile(path.name, path.read_bytes())))
    isolation.close()


def test_more_text_than_is_allowed_costs_the_file(tmp_path: Path) -> None:
    """However small the file is from which it comes."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", "Ship. " * 50_000)
    isolation = Isolation(Limits(30, 300_000_000, 600_000))
    assert answer(isolation, tmp_path / "a.zip") == (
        "too large: it holds more text than 0.6 MB (the setting file_text_megabytes)"
    )
    isolation.close()


def test_a_fault_inside_a_container_costs_that_part(isolation: Isolation, tmp_path: Path) -> None:
    """The rest of an archive is read, before and after the member that broke its reader."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, text in (
            ("1.md", RADAR),
            ("2.html", "<html>hang"),
            ("3.md", SHIPS),
            ("4.html", "<html>abort"),
            ("5.md", BREAD),
        ):
            archive.writestr(name, text)
    found = answer(isolation, tmp_path / "a.zip")
    assert not isinstance(found, str)
    late = SkipReason(SkipKind.TIMED_OUT, "after 0.5 s (the setting file_seconds)")
    assert [each.doc_id if isinstance(each, Document) else each for each in found] == [
        "a.zip/1.md",
        Skipped("a.zip/2.html", late),
        "a.zip/3.md",
        Skipped("a.zip/4.html", SkipReason(SkipKind.CRASHED, "SIGABRT")),
        "a.zip/5.md",
    ]


def test_a_container_full_of_faults_is_given_up(isolation: Isolation, tmp_path: Path) -> None:
    """Or an archive with a thousand of them would take a day."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(7):
            archive.writestr(f"{number}.html", "<html>end")
    write(tmp_path, {"b.md": RADAR})
    assert answer(isolation, tmp_path / "a.zip") == "crashed its reader: exit code 3"
    assert len(answer(isolation, tmp_path / "b.md")) == 1


def test_a_reader_that_can_not_be_started_is_no_fault_of_a_file(tmp_path: Path) -> None:
    """It is a fault of the installation, and says so at once."""
    write(tmp_path, {"a.md": RADAR})
    isolation = Isolation(LIMITS, command=[sys.executable, "-c", ""])
    with pytest.raises(RuntimeError, match="the process that reads files can't be started"):
        answer(isolation, tmp_path / "a.md")
    isolation.close()


# -- real files ------------------------------------------------------------------------------


def test_a_page_that_takes_too_long_is_given_up(settings: Settings) -> None:
    """A real one: half a million tags take the real reader far longer than it is given here."""
    write(
        settings.corpus,
        {
            "radar.md": RADAR,
            "long.html": "<html><p>Ship <b>left</b>.</p>" + "<p>It <i>left" * 250_000,
        },
    )
    report = build_index(settings.model_copy(update={"file_seconds": 0.2}))
    (skipped,) = report.skipped
    assert skipped.path == "long.html"
    assert str(skipped.reason) == "timed out: after 0.2 s (the setting file_seconds)"
    assert (report.read, report.documents) == (1, 1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds a process's memory")
def test_a_page_that_takes_too_much_memory_is_given_up(settings: Settings) -> None:
    """A real one: its tree would weigh a hundred times what the page does."""
    write(
        settings.corpus,
        {"radar.md": RADAR, "wide.html": "<html>" + "<p>Ship<b>left</b>" * 400_000},
    )
    report = build_index(settings.model_copy(update={"file_memory_megabytes": 100}))
    (skipped,) = report.skipped
    assert skipped.path == "wide.html"
    assert str(skipped.reason) == (
        "needed more memory: over 100 MB (the setting file_memory_megabytes)"
    )
    assert (report.read, report.documents) == (1, 1)


# -- no orphans ------------------------------------------------------------------------------


def test_closing_ends_the_process(isolation: Isolation, tmp_path: Path) -> None:
    """Even one that hangs, with answers that nobody has taken."""
    before = {*processes(os.getpid())}
    write(tmp_path, {"a.txt": "Ship. " * 400_000, "b.html": "<html>hang"})
    isolation.ask(tmp_path / "a.txt", "a.txt", "")
    isolation.ask(tmp_path / "b.html", "b.html", "")
    next(isolation.answers())
    (process,) = {*processes(os.getpid())} - before
    isolation.close()
    assert gone(process)
    gc.collect()


_HANGING = """
import sys
from pathlib import Path
from chatbot.ingestion.isolation import Isolation
from chatbot.readers.worker import Limits
from tests.breakable import BREAKABLE
isolation = Isolation(Limits(600, 300_000_000, 1000), command=BREAKABLE)
isolation.ask(Path(sys.argv[1]), "a.html", "")
answers = isolation.answers()
next(answers)
print("hangs", flush=True)
next(answers)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_reads_ends_with_whoever_started_it(
    tmp_path: Path, sent: signal.Signals
) -> None:
    """By Ctrl-C, at shutdown, or killed: no process is left that hangs over a file."""
    write(tmp_path, {"a.html": "<html>hang"})
    words = [sys.executable, "-c", _HANGING, str(tmp_path / "a.html")]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as build:
        assert build.stdout
        assert build.stdout.readline() == "hangs\n"
        (process,) = processes(build.pid)
        build.send_signal(sent)
        build.wait(timeout=60)
    until = time.monotonic() + 60
    while not gone(process):
        assert time.monotonic() < until, "it has been left behind"


def test_a_script_needs_no_guard(settings: Settings, tmp_path: Path) -> None:
    """A build at the top of somebody's script, without `if __name__ == "__main__"`, runs once."""
    write(settings.corpus, {"radar.md": RADAR})
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from chatbot.ingestion.build_index import build_index\n"
        "from chatbot.settings import load_settings\n"
        "print(build_index(load_settings(corpus=sys.argv[1], index=sys.argv[2])).read)\n"
    )
    done = run([sys.executable, script, settings.corpus, settings.index])
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_a_corpus_is_no_place_for_modules(settings: Settings) -> None:
    """A build that is run inside a corpus does not take its files for Python's own."""
    write(settings.corpus, {"radar.md": RADAR, "json.py": "raise SystemExit('taken over')\n"})
    words = [sys.executable, "-P", *command("build", "--corpus", ".", "--index")[1:]]
    done = run([*words, settings.index], cwd=settings.corpus)
    assert done.returncode == 0, done.stderr
