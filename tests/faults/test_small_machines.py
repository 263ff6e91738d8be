"""An older processor, one core, little memory: slower, or a reason, and never another answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

import pytest

from chatbot.settings import Settings
from tests.building import NINE, PRICE, command, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


class Told(NamedTuple):
    """What a command answered on standard output, and what it said beside that."""

    answer: dict[str, Any]
    said: str


def asked(settings: Settings, *, before: str = "", cache: object = None, **variables: str) -> Told:
    """The price of the radar, asked in a process of its own after a line of shell."""
    words = command("ask", PRICE, "--index", settings.index, "--json")
    shell = ["sh", "-c", f'{before or ":"}; exec "$@"', "sh", *words]
    more = {"CHATBOT_CACHE": str(cache)} if cache else {}
    done: subprocess.CompletedProcess[str] = run(shell, env={**os.environ, **variables, **more})
    assert done.returncode == 0, done.stderr
    return Told(json.loads(done.stdout), done.stderr)


def test_a_processor_without_avx_512_answers_the_same(built: Settings) -> None:
    """In single precision, from what was compiled with more: the confidence moves by a hair."""
    new = asked(built)
    old = asked(built, ONEDNN_MAX_CPU_ISA="AVX2", FAISS_OPT_LEVEL="avx2")
    assert old.answer["citations"][0]["quote"] == new.answer["citations"][0]["quote"] == NINE
    assert old.answer["confidence"] == pytest.approx(new.answer["confidence"], abs=0.01)
    assert (new.said, old.said) == ("", "")


@pytest.mark.slow
def test_a_processor_that_openvino_can_not_use_is_served_by_torch(
    built: Settings, tmp_path: Any
) -> None:
    """It says why in a line, and answers the same."""
    old = asked(
        built, cache=tmp_path / "cache", ONEDNN_MAX_CPU_ISA="SSE41", FAISS_OPT_LEVEL="generic"
    )
    (said,) = old.said.splitlines()
    assert "can't be made" in said
    assert said.endswith("using sentence-transformers, which is slower")
    assert old.answer["citations"][0]["quote"] == NINE


def test_one_core_is_enough(built: Settings) -> None:
    """The very same answer: how many threads share the work decides nothing."""
    alone = f"taskset -cp {min(os.sched_getaffinity(0))} $$ >/dev/null"
    one, all_of_them = asked(built, before=alone), asked(built)
    timed = {"timings": None}
    assert one.answer | timed == all_of_them.answer | timed


def test_a_gigabyte_of_memory_is_enough(built: Settings) -> None:
    """To build all anew and to ask, files aside, which are mapped."""
    limit = "ulimit -d 1000000"
    words = command("build", "--fresh", "--corpus", built.corpus, "--index", built.index)
    done = run(["sh", "-c", f'{limit}; exec "$@"', "sh", *words])
    assert done.returncode == 0, done.stderr
    told = asked(built, before=limit)
    assert told.answer["citations"][0]["quote"] == NINE
