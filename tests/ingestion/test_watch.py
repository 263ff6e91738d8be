"""`chatbot build --watch` follows its corpus until it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import IO, Any

import pytest

from chatbot.settings import Settings
from tests.building import (
    BREAD,
    PRICE,
    RADAR,
    SHIPS,
    command,
    first_quote,
    run,
    subject_to_permissions,
    write,
)
from tests.serving import server

# A test fails after this many seconds; events usually take one or two.
_PATIENCE = 240


class Watch:
    """`chatbot build --watch --json` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self._reports: IO[str] = process.stdout
        self._problems: IO[str] = process.stderr

    def report(self) -> dict[str, Any]:
        """The report of the next published build."""
        lines = []
        for line in self._reports:
            lines.append(line)
            if line == "}\n":
                report: dict[str, Any] = json.loads("".join(lines))
                return report
        raise AssertionError("the watch has ended:\n" + self._problems.read())

    def problem(self, words: str) -> str:
        """The next line on standard error that contains these words."""
        for line in self._problems:
            if words in line:
                return line.strip()
        raise AssertionError(f"the watch has ended without {words!r}")

    def end(self) -> tuple[int, str]:
        """The exit code of the process, and the rest of its standard error."""
        errors = self._problems.read()
        return self.process.wait(), errors


@contextmanager
def watching(settings: Settings, *, prefix: Sequence[str] = ()) -> Iterator[Watch]:
    """A watch over the corpus, killed if it takes too long."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONUNBUFFERED"}
    words = command("build", "--watch", "--json")
    with subprocess.Popen(
        [*prefix, *words, "--corpus", str(settings.corpus), "--index", str(settings.index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        overdue = threading.Timer(_PATIENCE, process.kill)
        overdue.start()
        try:
            yield Watch(process)
        finally:
            overdue.cancel()
            process.kill()


def test_a_watch_follows_the_corpus(settings: Settings) -> None:
    """Every change is built and reported; an empty corpus is an error only while it is empty."""
    write(settings.corpus, {"radar.md": RADAR})
    with watching(settings) as watch:
        assert watch.report()["read"] == 1
        write(settings.corpus, {"radar.md": RADAR.replace("nine", "five")})
        assert watch.report()["read"] == 1
        assert first_quote(settings, PRICE) == "The radar cost five roubles."
        (settings.corpus / "radar.md").unlink()
        problem = watch.problem("has no files")
        assert problem == f"The corpus {settings.corpus} has no files. Put documents into it."
        write(settings.corpus, {"more/ships.md": SHIPS})
        assert watch.report()["documents"] == 1
        write(settings.corpus, {"more/radar.md": RADAR})
        assert watch.report()["documents"] == 2
        rules = '[[rule]]\npaths = ["more/"]\ngroups = ["arctic"]\n'
        write(settings.corpus, {".chatbot-access.toml": rules})
        report = watch.report()
        assert (report["read"], report["carried"], report["embedded_texts"]) == (0, 2, 0)
        watch.process.send_signal(signal.SIGINT)
        code, errors = watch.end()
    assert (code, errors.splitlines()[-1]) == (130, "Stopped.")


@pytest.mark.slow
def test_a_watch_follows_a_single_file(settings: Settings) -> None:
    """Editors save by replacing the file with a new one."""
    alone = settings.model_copy(update={"corpus": settings.corpus / "radar.md"})
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    with watching(alone) as watch:
        assert watch.report()["documents"] == 1
        for price in ("five", "four", "three"):
            write(settings.corpus, {".radar.md~": RADAR.replace("nine", price)})
            (settings.corpus / ".radar.md~").replace(alone.corpus)
            assert watch.report()["documents"] == 1
            assert first_quote(alone, PRICE) == f"The radar cost {price} roubles."
        alone.corpus.unlink()
        code, errors = watch.end()
    assert code == 1
    assert errors.splitlines()[-1] == (
        f"The corpus {alone.corpus} no longer exists. Put it back and start again."
    )


def test_a_watch_follows_names_patterns_and_deletions(settings: Settings) -> None:
    """A renamed file is not embedded again; an excluded or deleted file stops answering.

    A running server follows: it always serves the build in service.
    """
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    with watching(settings) as watch:
        assert watch.report()["documents"] == 2
        with server(settings.index) as address:
            assert served(address, "roubles") == ["radar.md"]
            (settings.corpus / "radar.md").rename(settings.corpus / "radar-2.md")
            report = watch.report()
            assert (report["documents"], report["embedded_texts"]) == (2, 0)
            assert served(address, "roubles") == ["radar-2.md"]
            write(settings.corpus, {".chatbotignore": "radar*\n"})
            report = watch.report()
            assert (report["documents"], report["ignored"]) == (1, 1)
            assert served(address, "roubles") == []
            write(settings.corpus, {".chatbotignore": "", "bread.md": BREAD})
            while report["documents"] < 3:
                report = watch.report()
            (settings.corpus / "ships.md").unlink()
            assert watch.report()["documents"] == 2
            assert served(address, "frigates") == []
            assert served(address, "roubles") == ["radar-2.md"]


def served(address: str, word: str) -> list[str]:
    """The documents whose retrieved passages contain this word."""
    connection = HTTPConnection(address.removeprefix("http://").rstrip("/"), timeout=60)
    body = json.dumps({"question": f"What about {word}?"})
    connection.request("POST", "/api/v1/retrieve", body, {"Content-Type": "application/json"})
    citations = json.loads(connection.getresponse().read())
    connection.close()
    return [citation["doc_id"] for citation in citations if word in citation["passage"]["text"]]


def test_changes_before_the_watch_are_followed(settings: Settings) -> None:
    """The watch yields once at the start, for changes made during a long first build."""
    write(settings.corpus, {"radar.md": RADAR})
    script = (
        "import sys\n"
        "from chatbot.ingestion.watch import changes\n"
        "from chatbot.settings import load_settings\n"
        "next(changes(load_settings(corpus=sys.argv[1], index=sys.argv[2])))\n"
        "print('noticed')\n"
    )
    done = run([sys.executable, "-c", script, settings.corpus, settings.index])
    assert done.stdout == "noticed\n"


@pytest.mark.slow
def test_a_folder_without_permission_does_not_end_the_watch(settings: Settings) -> None:
    """It is listed as skipped, and the other files are followed."""
    bound = subject_to_permissions()
    write(settings.corpus, {"radar.md": RADAR, "closed/ships.md": SHIPS})
    closed = settings.corpus / "closed"
    closed.chmod(0)
    try:
        with watching(settings, prefix=bound) as watch:
            skipped = [{"path": "closed/", "kind": "permission_denied", "detail": ""}]
            assert watch.report()["skipped"] == skipped
            write(settings.corpus, {"radar.md": RADAR.replace("nine", "five")})
            assert watch.report()["skipped"] == skipped
    finally:
        closed.chmod(0o755)


@pytest.mark.slow
def test_hidden_files_and_the_index_are_not_watched(settings: Settings) -> None:
    """Changes to hidden files, or to an index inside the corpus, start no build."""
    inside = settings.model_copy(update={"index": settings.corpus / "index"})
    write(settings.corpus, {"radar.md": RADAR, "index/CURRENT": "", ".hidden/note.md": ""})
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from chatbot.ingestion.watch import changes\n"
        "from chatbot.settings import load_settings\n"
        "corpus = Path(sys.argv[1])\n"
        "turns = changes(load_settings(corpus=corpus, index=corpus / 'index'))\n"
        "next(turns)\n"
        "for name in ('.swap', '.hidden/note.md', 'index/CURRENT', 'index/other'):\n"
        "    (corpus / name).write_text('changed')\n"
        "print('ready', flush=True)\n"
        "for _ in turns:\n"
        "    print((corpus / 'radar.md').read_text('utf-8'), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(settings.corpus)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        # A wrong yield would come within two seconds, so wait longer than that.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=4)
        write(settings.corpus, {"radar.md": SHIPS})
        assert process.stdout.readline() == "# Ships\n"
        process.kill()
    assert not (inside.index / "builds").exists()
