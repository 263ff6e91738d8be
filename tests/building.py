"""Small corpora, an encoder that notes what it is asked, and builds in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Advance, Encoder, Vectors
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings

RADAR = "# Radar\n\nThe radar cost nine roubles. It went to Omsk.\n"
SHIPS = "# Ships\n\nThree frigates left Vladivostok at dawn. The harbour was frozen.\n"
BREAD = "# Bread\n\nRye bread needs a night to rise. Bakers in Tver use beer.\n"

PRICE = "What did the radar cost?"
NINE = "The radar cost nine roubles."


class Recorder:
    """The real encoder, which notes every text that it is asked to embed."""

    def __init__(self, real: Encoder) -> None:
        self._real = real
        self.files = real.files
        self.dimensions = real.dimensions
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str], *, advance: Advance | None = None) -> Vectors:
        self.asked += texts
        return self._real.encode(texts, advance=advance)

    def encode_query(self, text: str) -> Vectors:
        return self._real.encode_query(text)

    def word_vectors(self, words: Sequence[str]) -> Vectors:
        return self._real.word_vectors(words)

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        return self._real.count_tokens(texts)

    def taken(self) -> list[str]:
        """What was asked since the last call, sorted."""
        asked, self.asked = sorted(self.asked), []
        return asked


def recording(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Have builds in this process embed with the encoder, which is open already, and note it."""
    recorder = Recorder(encoder)
    monkeypatch.setattr("chatbot.ingestion.write_build.open_encoder", lambda *_, **__: recorder)
    return recorder


def write(corpus: Path, files: Mapping[str, str]) -> None:
    """Write files into a corpus, by their paths from there."""
    for name, text in files.items():
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def settled(corpus: Path) -> None:
    """Have all files look as if they had been written long ago."""
    for path in corpus.rglob("*"):
        os.utime(path, (1e9, 1e9))


def first_quote(settings: Settings, question: str) -> str:
    """The sentence that the build in service finds nearest to a question."""
    with Chatbot.open(settings=settings) as chatbot:
        return chatbot.retrieve(question)[0].quote


def answered(settings: Settings) -> str:
    """The sentence that answers what the radar cost."""
    with Chatbot.open(settings=settings) as chatbot:
        return chatbot.ask(PRICE).citations[0].quote


def assert_mended(settings: Settings) -> None:
    """The next build of radar, ships and bread makes all anew, and serves."""
    report = build_index(settings)
    assert report.published
    assert (report.read, report.carried, report.embedded_texts) == (3, 0, 12)
    assert answered(settings) == NINE


def build_names(index: Path) -> list[str]:
    """Whatever is in the folder of builds, oldest first."""
    return sorted(path.name for path in (index / "builds").iterdir())


def leftovers(index: Path) -> list[str]:
    """Whatever is in an index folder beside its builds, the pointer to one, and the lock."""
    published = {path.parent for path in index.glob("builds/*/manifest.json")}
    kept = {index / "CURRENT", index / ".lock", index / "builds", *published}
    found = {*index.iterdir(), *(index / "builds").iterdir()} - kept
    return sorted(str(path.relative_to(index)) for path in found)


def command(*words: object) -> list[str]:
    """The command line that runs `chatbot` with this interpreter."""
    return [sys.executable, "-m", "chatbot", *map(str, words)]


def run(words: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    """A command run to its end, which comes within minutes."""
    return subprocess.run(
        [*map(str, words)], capture_output=True, text=True, check=False, timeout=120, **options
    )


def problem(done: subprocess.CompletedProcess[str]) -> str:
    """The one line by which a command that failed says why; everything else would be a bug."""
    assert (done.returncode, done.stdout) == (1, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    # What comes before are the bars of finished stages.
    *bars, line = done.stderr.strip().splitlines()
    assert all("━" in bar or "-:--:--" in bar for bar in bars), done.stderr
    return line


def subject_to_permissions() -> list[str]:
    """What a command line begins with so that permissions bind root, too."""
    if os.name != "posix":
        pytest.skip("permissions are POSIX's")
    if os.geteuid() != 0:
        return []
    if not (found := shutil.which("setpriv")):
        pytest.skip("root passes over permissions, and setpriv is not installed")
    return [found, "--bounding-set=-dac_override,-dac_read_search", "--"]
