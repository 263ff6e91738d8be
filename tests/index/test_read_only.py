"""A read-only index answers questions and stays unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.closed import bound_python, read_only

QUESTION = "Which air defence system did Russia sell to China?"

# Opened many times, because leftovers may depend on which thread comes first.
ASK = """
import json, sys
from pathlib import Path
from chatbot import Chatbot
from chatbot.index.folder_build import FolderBuild
from chatbot.index.layout import current
index, question = sys.argv[1:]
for _ in range(50):
    FolderBuild(current(Path(index))).close()
with Chatbot.open(index) as chatbot:
    found = chatbot.retrieve(question)
    print(json.dumps([(c.passage.passage_id, c.quote, c.score) for c in found]))
"""


@pytest.fixture
def index(settings: Settings) -> Path:
    """An index that nobody has opened yet."""
    (settings.corpus / "arms.md").write_text(
        "# Arms\n\nIn 2014 Russia sold the S-400 air defence system to China.\n\n"
        "# Gas\n\nGas flows east through one pipeline.\n"
    )
    build_index(settings)
    return settings.index


@pytest.mark.parametrize("opened_before", [False, True])
def test_a_read_only_index_answers(index: Path, tmp_path: Path, *, opened_before: bool) -> None:
    """It answers like a writable one, whether or not it was opened while writable."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    if opened_before:
        Chatbot.open(index).close()
    with read_only(index):
        before = sorted(index.rglob("*"))
        done = bound_python("-c", ASK, str(index), QUESTION, TMPDIR=str(temporary))
        assert done.stderr == ""
        assert sorted(index.rglob("*")) == before
    assert list(temporary.iterdir()) == []
    with Chatbot.open(index) as chatbot:
        expected = [(c.passage.passage_id, c.quote, c.score) for c in chatbot.retrieve(QUESTION)]
    assert [tuple(row) for row in json.loads(done.stdout)] == expected


@pytest.mark.parametrize("flags", [["--fresh"], ["--rollback"]])
def test_building_into_a_read_only_index_is_refused(
    index: Path, settings: Settings, flags: list[str]
) -> None:
    """One sentence names the folder and the next step; the index stays unchanged."""
    corpus, name = str(settings.corpus), str(index)
    with read_only(index):
        before = sorted(index.rglob("*"))
        done = bound_python("-m", "chatbot", "build", "--corpus", corpus, "--index", name, *flags)
        assert sorted(index.rglob("*")) == before
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"{index} can't be written (Permission denied)")
    assert "name another folder with --index" in done.stderr
    assert done.stderr.count("\n") == 1
