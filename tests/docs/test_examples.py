"""Every example in the README and in `docs/` does what the page shows."""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from chatbot.evaluation.question_set import load_question_set
from chatbot.settings import load_settings
from tests.docs.pages import Block, blocks
from tests.serving import server
from tests.shared import PROJECT, QUESTIONS

DOCUMENTS: Final = "in a folder with documents"
INDEX: Final = "in a folder with an index"
SERVER: Final = "with a server"
QUESTION_SET: Final = "a question set"
SETTINGS: Final = "a settings file"
PLACES: Final = {
    "console": {DOCUMENTS, INDEX, SERVER},
    "python": {INDEX, SERVER},
    "json": {QUESTION_SET},
    "toml": {SETTINGS},
}

# Blocks that no test runs, by page and first command, and why.
EXEMPT: Final = {
    ("README.md", "$ make chat"): "installs an environment; continuous integration runs make test",
    ("docs/agents.md", "{"): "tests/web/agents/test_mcp.py speaks over both transports",
    ("docs/agents.md", "from openai import OpenAI"): "tests/adapters/test_every_door.py runs it",
    ("docs/gradio.md", "from gradio_client import Client"): "tests/web/chat/test_gradio.py runs it",
}

# These differ from run to run: build names, times and the last digits of a measure.
_BUILD = re.compile(r"\d{8}T\d{6}-\d{6}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC")
_DURATION = re.compile(r"\d+\.\d m?s\b")
_NUMBER = re.compile(r"\d+\.\d{2,}")
# Processors with and without bf16 round differently, and a confidence at the threshold may fall on
# either side.
_COUNT = re.compile(r"\d+(?= of \d+ )")


class Example(NamedTuple):
    """The text of a block, and the folder it runs in."""

    text: str
    folder: Path


def marked(language: str) -> list[Block]:
    return [block for block in blocks(language) if block.place]


def steps(text: str) -> Iterator[tuple[str, str]]:
    """The commands of a console transcript, each with its output."""
    for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = step.partition("\n")
        yield command, output


def constant(text: str) -> str:
    """The text without what differs from run to run."""
    return _DURATION.sub("T", _MOMENT.sub("MOMENT", _BUILD.sub("BUILD", text)))


def assert_alike(actual: str, expected: str) -> None:
    """Equal except for build names, durations, numbers within 0.03, and counts within 1."""
    pair = constant(actual), constant(expected)
    texts = [_COUNT.sub("#", _NUMBER.sub("#", text)).strip().splitlines() for text in pair]
    assert [line.rstrip() for line in texts[0]] == [line.rstrip() for line in texts[1]]
    for pattern, tolerance in ((_NUMBER, 0.03), (_COUNT, 1)):
        numbers = [list(map(float, pattern.findall(text))) for text in pair]
        assert numbers[0] == pytest.approx(numbers[1], abs=tolerance)


@pytest.fixture(scope="module")
def address(demo_index: Path) -> Iterator[str]:
    """A real server over the demo corpus."""
    with server(demo_index) as url:
        yield url.removeprefix("http://")


@pytest.fixture
def example(request: pytest.FixtureRequest, demo_index: Path, tmp_path: Path) -> Example:
    """A block of a page, in the folder and with the server that it needs."""
    block: Block = request.param
    text = block.text
    if block.place == DOCUMENTS:
        shutil.copytree(PROJECT / "corpus", tmp_path / "documents")
    elif block.place == INDEX:
        shutil.copytree(demo_index, tmp_path / "index")
        shutil.copy(QUESTIONS / "demo.jsonl", tmp_path / "questions.jsonl")
    elif block.place == SERVER:
        address = request.getfixturevalue("address")
        text = re.sub(r"(localhost|127\.0\.0\.1):7860", address, text)
    return Example(text, tmp_path)


@pytest.mark.parametrize("example", marked("console"), ids=str, indirect=True)
def test_a_command_prints_what_the_page_shows(example: Example) -> None:
    """The commands of a block run in one folder, one after the other."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, expected in steps(example.text):
        done = subprocess.run(  # noqa: S602 - the documentation's own commands
            command,
            shell=True,
            cwd=example.folder,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert_alike(done.stdout, expected)


@pytest.mark.parametrize("example", marked("python"), ids=str, indirect=True)
def test_a_python_session_gives_what_the_page_shows(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of a block run in one interpreter, as doctest does."""
    monkeypatch.chdir(example.folder)
    session = doctest.DocTestParser().get_doctest(example.text, {}, "session", None, 0)
    output: list[str] = []
    results = doctest.DocTestRunner().run(session, out=output.append)
    assert results.attempted > 0
    assert results.failed == 0, "".join(output)


@pytest.mark.parametrize("block", marked("json"), ids=str)
def test_a_question_set_is_read(block: Block, tmp_path: Path) -> None:
    """`chatbot evaluate` accepts every line of it."""
    path = tmp_path / "questions.jsonl"
    path.write_text(block.text, "utf-8")
    assert len(load_question_set(path)) == len(block.text.splitlines())


@pytest.mark.parametrize("block", marked("toml"), ids=str)
def test_a_settings_file_is_accepted(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`load_settings` refuses unknown names and bad values, so none is in it."""
    (tmp_path / "chatbot.toml").write_text(block.text, "utf-8")
    monkeypatch.chdir(tmp_path)
    load_settings()


def test_every_example_runs_or_is_exempt() -> None:
    """A block in a language that can run has a known place, or a reason why it doesn't run."""
    exempt = set()
    for block in blocks():
        first = block.page, re.split(r"\s*[#\n]", block.text, maxsplit=1)[0]
        if first in EXEMPT:
            exempt.add(first)
        elif block.language in {*PLACES, "bash", "sh", "pycon"}:
            assert block.place in PLACES.get(block.language, set()), str(block)
    assert exempt == EXEMPT.keys()
