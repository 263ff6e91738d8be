"""The same question through every door, the adapters of three frameworks among them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.adapters.frameworks import python_with_frameworks
from tests.doors import NO_WORDS, QUESTION
from tests.serving import server
from tests.shared import PROJECT

ADAPTERS = PROJECT / "chatbot" / "adapters"


@pytest.mark.slow
def test_every_door_gives_the_same_first_passage(demo_index: Path) -> None:
    python = python_with_frameworks()
    with server(demo_index) as address:
        done = subprocess.run(
            [python, "-m", "tests.adapters.first_citations", demo_index, address, QUESTION],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout.splitlines()[-1])
    doors = printed["doors"]
    assert len(doors) == 10
    assert {door: passage for door, passage in doors.items() if passage != doors["Python"]} == {}
    assert doors["Python"][0] == "arms-sales.md"
    assert len(printed["refusals"]) == 3
    assert all(NO_WORDS in refusal for refusal in printed["refusals"].values())


@pytest.mark.parametrize("name", ["langchain", "llama_index", "haystack"])
def test_an_adapter_is_shorter_than_60_lines(name: str) -> None:
    assert len((ADAPTERS / f"{name}.py").read_text("utf-8").splitlines()) < 60
