"""An older processor, one core or little memory makes answers slower, but never different."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

import pytest

from chatbot.settings import Settings
from tests.building import NINE, PRICE, command, run

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="needs the resource limits of Linux"
)


class CommandOutput(NamedTuple):
    """The answer on standard output, and the text on standard error."""

    answer: dict[str, Any]
    errors: str


def ask(
    settings: Settings, *, before: str = "", cache: object = None, **variables: str
) -> CommandOutput:
    """Ask for the price of the radar in a new process, after a line of shell."""
    words = command("ask", PRICE, "--index", settings.index, "--json")
    shell = ["sh", "-c", f'{before or ":"}; exec "$@"', "sh", *words]
    overrides = {"CHATBOT_CACHE": str(cache)} if cache else {}
    done: subprocess.CompletedProcess[str] = run(
        shell, env={**os.environ, **variables, **overrides}
    )
    assert done.returncode == 0, done.stderr
    return CommandOutput(json.loads(done.stdout), done.stderr)


def test_a_processor_without_avx_512_answers_the_same(built: Settings) -> None:
    """It computes in single precision, so the confidence differs slightly."""
    new = ask(built)
    old = ask(built, ONEDNN_MAX_CPU_ISA="AVX2", FAISS_OPT_LEVEL="avx2")
    assert old.answer["citations"][0]["quote"] == new.answer["citations"][0]["quote"] == NINE
    assert old.answer["confidence"] == pytest.approx(new.answer["confidence"], abs=0.01)
    assert (new.errors, old.errors) == ("", "")


@pytest.mark.slow
def test_a_processor_that_openvino_can_not_use_is_served_by_torch(
    built: Settings, tmp_path: Any
) -> None:
    """It gives the reason in a line for each model and answers the same."""
    old = ask(
        built, cache=tmp_path / "cache", ONEDNN_MAX_CPU_ISA="SSE41", FAISS_OPT_LEVEL="generic"
    )
    encoder, reader = old.errors.splitlines()
    assert "can't be compiled" in encoder
    assert encoder.endswith("using sentence-transformers, which is slower")
    assert "The answer reader can't be" in reader
    assert reader.endswith("Passages are ranked without it.")
    assert old.answer["citations"][0]["quote"] == NINE


def test_one_core_is_enough(built: Settings) -> None:
    """The answer is identical: it doesn't depend on the number of threads."""
    one_core = f"taskset -cp {min(os.sched_getaffinity(0))} $$ >/dev/null"
    single, all_cores = ask(built, before=one_core), ask(built)
    untimed = {"timings": None}
    assert single.answer | untimed == all_cores.answer | untimed


def test_a_gigabyte_of_memory_is_enough(built: Settings) -> None:
    """It is enough for a fresh build and for a question, without memory-mapped files."""
    limit = "ulimit -d 1000000"
    words = command("build", "--fresh", "--corpus", built.corpus, "--index", built.index)
    done = run(["sh", "-c", f'{limit}; exec "$@"', "sh", *words])
    assert done.returncode == 0, done.stderr
    output = ask(built, before=limit)
    assert output.answer["citations"][0]["quote"] == NINE
