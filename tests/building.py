"""Small corpora, a recording encoder, and commands in child processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Advance, Encoder, Vectors
from chatbot.encoder.registered import registered_model
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.shared import LETTERS

RADAR = "# Radar\n\nThe radar cost nine roubles. It went to Omsk.\n"
SHIPS = "# Ships\n\nThree frigates left Vladivostok at dawn. The harbour was frozen.\n"
BREAD = "# Bread\n\nRye bread needs a night to rise. Bakers in Tver use beer.\n"

PRICE = "What did the radar cost?"
NINE = "The radar cost nine roubles."


class Recorder:
    """The real encoder, recording every text that it embeds."""

    def __init__(self, real: Encoder) -> None:
        self._real = real
        self.dimensions = real.dimensions
        self._texts: list[str] = []

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        self._texts += texts
        return self._real.encode(texts, advance=advance)

    def encode_query(self, text: str) -> Vectors:
        return self._real.encode_query(text)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        return self._real.word_vectors(words)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        return self._real.count_tokens(texts)

    def take(self) -> list[str]:
        """The texts embedded since the last call, sorted."""
        texts, self._texts = sorted(self._texts), []
        return texts


def recording(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Make builds in this process use the open encoder, and record their texts."""
    recorder = Recorder(encoder)
    monkeypatch.setattr("chatbot.ingestion.machines.open_encoder", lambda *_, **__: recorder)
    return recorder


@contextmanager
def letters_registered() -> Iterator[pytest.MonkeyPatch]:
    """Inside the block, `model="letters"` is the encoder of letters, which embeds quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(LETTERS)
        registered_model.cache_clear()
        try:
            yield patch
        finally:
            registered_model.cache_clear()


def write(corpus: Path, files: Mapping[str, str]) -> None:
    """Write files into a corpus, given their relative paths."""
    for name, text in files.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def settled(corpus: Path) -> None:
    """Give all files a date long ago."""
    for path in corpus.rglob("*"):
        os.utime(path, (1e9, 1e9))


def first_quote(settings: Settings, question: str) -> str:
    """The quote that the build in service ranks first for a question."""
    with Chatbot.open(settings=settings) as chatbot:
        return chatbot.retrieve(question)[0].quote


def answered(settings: Settings) -> str:
    """The quote that answers what the radar cost."""
    with Chatbot.open(settings=settings) as chatbot:
        return chatbot.ask(PRICE).citations[0].quote


def assert_rebuilt(settings: Settings) -> None:
    """Check that the next build of radar, ships and bread reuses nothing and answers."""
    report = build_index(settings)
    assert report.published
    assert (report.read, report.carried, report.embedded_texts) == (3, 0, 12)
    assert answered(settings) == NINE


def build_names(index: Path) -> list[str]:
    """The entries of the folder of builds, oldest first."""
    return sorted(path.name for path in (index / "builds").iterdir())


def leftovers(index: Path) -> list[str]:
    """Everything in an index folder except complete builds, CURRENT and the lock."""
    published = {path.parent for path in index.glob("builds/*/manifest.json")}
    expected = {index / "CURRENT", index / ".lock", index / "builds", *published}
    extra = {*index.iterdir(), *(index / "builds").iterdir()} - expected
    return sorted(str(path.relative_to(index)) for path in extra)


def command(*words: object) -> list[str]:
    """The command line that runs `chatbot` with this interpreter."""
    return [sys.executable, "-m", "chatbot", *map(str, words)]


def run(words: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, at most two minutes."""
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False, timeout=120, **options
    )


def problem(done: subprocess.CompletedProcess[str]) -> str:
    """The single line with which a failed command gives the reason."""
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    # The lines before are progress bars.
    *bars, line = done.stderr.strip().splitlines()
    assert all("━" in bar or "-:--:--" in bar for bar in bars), done.stderr
    return line


def subject_to_permissions() -> list[str]:
    """A command prefix with which file permissions apply to root as well."""
    if os.name != "posix":
        pytest.skip("only POSIX has these permissions")
    if os.geteuid() != 0:
        return []
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("root ignores permissions, and setpriv is not installed")
    return [setpriv, "--bounding-set=-dac_override,-dac_read_search", "--"]
