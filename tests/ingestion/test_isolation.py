"""A file that hangs or crashes its reader is skipped and listed with the reason."""

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
from chatbot.index.corpus_files import open_file
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.isolation import IsolatedReader, Restarted
from chatbot.readers import RawFile, Skipped, read
from chatbot.readers.reading_messages import Limits, Opened
from chatbot.settings import Settings
from chatbot.types import Document
from tests.breakable import BREAKABLE
from tests.building import BREAD, RADAR, SHIPS, command, run, write

LIMITS = Limits(seconds=30, memory=300_000_000, output=10_000_000)
HASTY = Limits(seconds=0.5, memory=300_000_000, output=10_000_000)


@pytest.fixture
def reader() -> Iterator[IsolatedReader]:
    """A reader in a child process whose HTML reader can fail in every way."""
    isolated = IsolatedReader(HASTY, command=BREAKABLE)
    yield isolated
    isolated.close()


def read_one(reader: IsolatedReader, path: Path) -> list[Document | Skipped] | str:
    """The documents of a file, or the reason why it has none."""
    reader.request(open_file(path), path.name, f"{path.name}/")
    return next_file(reader)


def next_file(reader: IsolatedReader) -> list[Document | Skipped] | str:
    """The same for the file requested first."""
    documents: list[Document | Skipped] = []
    try:
        for reply in reader.replies():
            if isinstance(reply, Restarted):
                documents.clear()
            elif not isinstance(reply, Opened):
                documents.append(reply)
    except UnreadableFile as failure:
        return str(failure)
    return documents


def children(parent: int) -> list[int]:
    """The running child processes of a process."""
    path = Path(f"/proc/{parent}/task/{parent}/children")
    if not path.exists():
        pytest.skip("only Linux lists the children of a process")
    return [int(number) for number in path.read_text("ascii").split()]


def has_ended(process: int) -> bool:
    """Whether a process has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


# -- the same documents ----------------------------------------------------------------------


def test_the_child_process_reads_the_same_documents(tmp_path: Path) -> None:
    """Every document arrives through the pipe as its reader made it."""
    lines = "".join(f'{{"_id": "{n}", "text": "Ship {n} left."}}\n' for n in range(3000))
    write(tmp_path, {"a.md": RADAR, "b.jsonl": lines, "c.txt": "Ship. " * 200_000})
    reader = IsolatedReader(LIMITS)
    paths = sorted(tmp_path.iterdir())
    for path in paths:
        reader.request(open_file(path), path.name, "x/")
    for path in paths:
        assert next_file(reader) == list(read(RawFile(path.name, path.read_bytes(), "x/")))
    reader.close()


def test_output_printed_by_a_reader_does_not_mix_with_the_replies(
    reader: IsolatedReader, tmp_path: Path
) -> None:
    """Libraries may write to standard output at any time."""
    write(tmp_path, {"a.html": "<html>print", "b.md": RADAR})
    for name in ("a.html", "b.md"):
        assert len(read_one(reader, tmp_path / name)) == 1


def test_a_reader_needs_no_model(tmp_path: Path) -> None:
    """The process starts quickly, because it loads no heavy library."""
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
        ("raise", "damaged: its reader failed (ZeroDivisionError)"),
        ("hang", "timed out: after 0.5 s (the setting file_seconds)"),
        ("hang deeply", "timed out: after 0.5 s (the setting file_seconds)"),
        ("end", "crashed its reader: exit code 3"),
        ("abort", "crashed its reader: SIGABRT"),
        ("crash", "crashed its reader: SIGSEGV"),
        (
            "fail to allocate",
            "needed more memory: over 300 MB (the setting file_memory_megabytes)",
        ),
        ("explode", "needed more memory: over 300 MB (the setting file_memory_megabytes)"),
    ],
)
def test_a_fault_costs_the_file_and_no_other(tmp_path: Path, fault: str, reason: str) -> None:
    """Files requested before and after it are read, although the process was replaced."""
    if os.name != "posix" and fault in ("abort", "crash", "explode"):
        pytest.skip("only POSIX has these signals and memory limits")
    write(tmp_path, {"a.md": RADAR, "b.html": f"<html>{fault}", "c.md": SHIPS, "d.md": BREAD})
    limits = HASTY if "hang" in fault else LIMITS
    reader = IsolatedReader(limits, command=BREAKABLE)
    paths = sorted(tmp_path.iterdir())
    for path in paths:
        reader.request(open_file(path), path.name, "")
    for path in paths:
        documents = next_file(reader)
        if path.suffix == ".html":
            assert documents == reason
        else:
            assert documents == list(read(RawFile(path.name, path.read_bytes())))
    reader.close()


def test_memory_that_earlier_files_left_behind_costs_no_file(tmp_path: Path) -> None:
    """Each is within the limit, and the second one isn't together with the first."""
    write(tmp_path, {f"{n}.html": "<html>leak" for n in range(3)})
    reader = IsolatedReader(LIMITS, command=BREAKABLE)
    for path in sorted(tmp_path.iterdir()):
        assert len(read_one(reader, path)) == 1
    reader.close()


def test_a_file_with_more_text_than_allowed_is_skipped(tmp_path: Path) -> None:
    """The file itself may be small."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.txt", "Ship. " * 50_000)
    reader = IsolatedReader(Limits(30, 300_000_000, 600_000))
    assert read_one(reader, tmp_path / "a.zip") == (
        "too large: it holds more text than 0.6 MB (the setting file_text_megabytes)"
    )
    reader.close()


def test_a_fault_inside_a_container_costs_that_part(reader: IsolatedReader, tmp_path: Path) -> None:
    """The members before and after the one that crashed its reader are read."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, text in (
            ("1.md", RADAR),
            ("2.html", "<html>hang"),
            ("3.md", SHIPS),
            ("4.html", "<html>abort"),
            ("5.md", BREAD),
        ):
            archive.writestr(name, text)
    documents = read_one(reader, tmp_path / "a.zip")
    assert not isinstance(documents, str)
    late = SkipReason(SkipKind.TIMED_OUT, "after 0.5 s (the setting file_seconds)")
    assert [item.doc_id if isinstance(item, Document) else item for item in documents] == [
        "a.zip/1.md",
        Skipped("a.zip/2.html", late),
        "a.zip/3.md",
        Skipped("a.zip/4.html", SkipReason(SkipKind.CRASHED, "SIGABRT")),
        "a.zip/5.md",
    ]


def test_a_container_full_of_faults_is_given_up(reader: IsolatedReader, tmp_path: Path) -> None:
    """Otherwise an archive with a thousand faults would take a day."""
    with ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(7):
            archive.writestr(f"{number}.html", "<html>end")
    write(tmp_path, {"b.md": RADAR})
    assert read_one(reader, tmp_path / "a.zip") == "crashed its reader: exit code 3"
    assert len(read_one(reader, tmp_path / "b.md")) == 1


def test_a_reader_that_can_not_start_is_an_error_of_its_own(tmp_path: Path) -> None:
    """The installation is at fault, not a file, and the error says so at once."""
    write(tmp_path, {"a.md": RADAR})
    reader = IsolatedReader(LIMITS, command=[sys.executable, "-c", ""])
    with pytest.raises(RuntimeError, match="the process that reads files can't be started"):
        read_one(reader, tmp_path / "a.md")
    reader.close()


# -- real files ------------------------------------------------------------------------------


def test_a_page_that_takes_too_long_is_given_up(settings: Settings) -> None:
    """Half a million tags take the real HTML reader far longer than the limit."""
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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_a_page_that_takes_too_much_memory_is_given_up(settings: Settings) -> None:
    """The tree of this page takes a hundred times the memory of its text."""
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


def test_closing_ends_the_process(reader: IsolatedReader, tmp_path: Path) -> None:
    """This holds even if it hangs or has unread replies."""
    before = {*children(os.getpid())}
    write(tmp_path, {"a.txt": "Ship. " * 400_000, "b.html": "<html>hang"})
    reader.request(open_file(tmp_path / "a.txt"), "a.txt", "")
    reader.request(open_file(tmp_path / "b.html"), "b.html", "")
    next(reader.replies())
    (process,) = {*children(os.getpid())} - before
    reader.close()
    assert has_ended(process)
    gc.collect()


_HANGING = """
import sys
from pathlib import Path
from chatbot.index.corpus_files import open_file
from chatbot.ingestion.isolation import IsolatedReader
from chatbot.readers.reading_messages import Limits
from tests.breakable import BREAKABLE
reader = IsolatedReader(Limits(600, 300_000_000, 1000), command=BREAKABLE)
reader.request(open_file(Path(sys.argv[1])), "a.html", "")
replies = reader.replies()
next(replies)
print("hangs", flush=True)
next(replies)
"""


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has these signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_reading_process_ends_with_its_parent(tmp_path: Path, sent: signal.Signals) -> None:
    """After Ctrl-C, a shutdown or a kill, no process is left hanging over a file."""
    write(tmp_path, {"a.html": "<html>hang"})
    words = [sys.executable, "-c", _HANGING, str(tmp_path / "a.html")]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as build:
        assert build.stdout
        assert build.stdout.readline() == "hangs\n"
        (process,) = children(build.pid)
        build.send_signal(sent)
        build.wait(timeout=60)
    deadline = time.monotonic() + 60
    while not has_ended(process):
        assert time.monotonic() < deadline, "the process was left behind"


def test_a_script_may_end_in_the_middle_of_a_file(tmp_path: Path) -> None:
    """Its replies are closed when Python has ended all threads; nothing waits for one then."""
    write(tmp_path, {"a.html": "<html>hang"})
    code = _HANGING.removesuffix("next(replies)\n")
    done = run([sys.executable, "-c", code, tmp_path / "a.html"])
    assert (done.returncode, done.stdout) == (0, "hangs\n")


def test_a_script_needs_no_guard(settings: Settings, tmp_path: Path) -> None:
    """A build at the top level of a script, without `if __name__ == "__main__"`, runs once."""
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


def test_python_files_in_a_corpus_are_never_imported(settings: Settings) -> None:
    """A build that runs inside a corpus doesn't import the corpus's files as modules."""
    write(settings.corpus, {"radar.md": RADAR, "json.py": "raise SystemExit('taken over')\n"})
    words = [sys.executable, "-P", *command("build", "--corpus", ".", "--index")[1:]]
    done = run([*words, settings.index], cwd=settings.corpus)
    assert done.returncode == 0, done.stderr
