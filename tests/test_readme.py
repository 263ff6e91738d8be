"""Every transcript in the README is what happens."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.shared import PROJECT, QUESTIONS

README = (PROJECT / "README.md").read_text("utf-8")
_MARKED = re.compile(r"<!-- test: (.+?) -->\n```(\w+)\n(.*?)```", re.DOTALL)

# What differs from run to run: the name of a build, times, and the last digits of a measure.
_BUILD = re.compile(r"\d{8}T\d{6}-\d{6}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_DURATION = re.compile(r"\d+\.\d m?s\b")
_NUMBER = re.compile(r"\d+\.\d{2,}")


class Transcript(NamedTuple):
    """A block of the README that a comment marks for testing."""

    place: str
    language: str
    text: str


def transcripts(language: str) -> list[Transcript]:
    return [
        found for found in map(Transcript._make, _MARKED.findall(README)) if found[1] == language
    ]


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console transcript with what it printed."""
    for part in text.split("$ ")[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def assert_alike(seen: str, shown: str) -> None:
    """Equal but for build names, durations and numbers that differ by less than 0.03."""
    plain = [
        "\n".join(line.rstrip() for line in _NUMBER.sub("#", strip(text)).strip().splitlines())
        for text in (seen, shown)
    ]
    assert plain[0] == plain[1]
    numbers = [list(map(float, _NUMBER.findall(strip(text)))) for text in (seen, shown)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.03)


def strip(text: str) -> str:
    return _DURATION.sub("T", _MOMENT.sub("MOMENT", _BUILD.sub("BUILD", text)))


@pytest.mark.parametrize("transcript", transcripts("console"), ids=lambda each: each.place)
def test_a_console_transcript_is_what_is_printed(
    transcript: Transcript, demo_index: Path, tmp_path: Path
) -> None:
    """The commands are run in a folder as the README supposes it, one after the other."""
    if "docs/" in transcript.place:
        shutil.copytree(PROJECT / "corpus", tmp_path / "docs")
    else:
        shutil.copytree(demo_index, tmp_path / "index")
        shutil.copy(QUESTIONS / "demo.jsonl", tmp_path / "questions.jsonl")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, shown in steps(transcript.text):
        done = subprocess.run(  # noqa: S602 - the README's own commands
            command,
            shell=True,
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert_alike(done.stdout, shown)


@pytest.mark.parametrize("transcript", transcripts("python"), ids=lambda each: each.place)
def test_a_python_transcript_is_what_is_printed(
    transcript: Transcript, demo_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines are run in one interpreter, as doctest does."""
    shutil.copytree(demo_index, tmp_path / "index")
    monkeypatch.chdir(tmp_path)
    test = doctest.DocTestParser().get_doctest(transcript.text, {}, "README", "README.md", 0)
    said: list[str] = []
    results = doctest.DocTestRunner().run(test, out=said.append)
    assert results.attempted > 0
    assert results.failed == 0, "".join(said)


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    """The table of settings is complete and tells the truth."""
    from chatbot.settings import Settings

    table = README.split("## Settings")[1].split("## ")[0]
    for name, field in Settings.model_fields.items():
        assert f"`{name}`" in table
        # What is nothing until it is set is told in words.
        if field.default_factory is None and field.default not in {None, ""}:
            told = field.default
            shown = str(told).lower() if isinstance(told, bool) else f"{told}"
            assert f"`{shown}`" in table


def test_every_dependency_is_in_the_readme() -> None:
    """No library comes along without a reason."""
    import tomllib

    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    table = README.split("## Dependencies")[1].split("## ")[0]
    for requirement in project["dependencies"]:
        name = re.split(r"[<>=\[ ]", requirement)[0]
        assert re.search(rf"\b{re.escape(name)}\b", table), name
