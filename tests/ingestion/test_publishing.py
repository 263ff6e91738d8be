"""A new build replaces the old one at once, even while questions are asked, and can be undone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import UsageError
from chatbot.index import layout
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import (
    BREAD,
    PRICE,
    RADAR,
    SHIPS,
    Recorder,
    build_names,
    command,
    first_quote,
    leftovers,
    run,
    write,
)

# -- earlier builds --------------------------------------------------------------------------


def test_rolling_back_serves_the_previous_build(settings: Settings, recorder: Recorder) -> None:
    """It goes back one build at a time; the next build continues from the one in service."""
    built = []
    for price in ("nine", "five", "four"):
        write(settings.corpus, {"radar.md": RADAR.replace("nine", price)})
        built.append(build_index(settings).build)
    with Chatbot.open(settings=settings) as chatbot:
        for price, build in (("five", built[1]), ("nine", built[0])):
            assert layout.roll_back(settings.index) == build
            answer = chatbot.ask(PRICE)
            assert answer.build == build
            assert answer.citations[0].quote == f"The radar cost {price} roubles."
    with pytest.raises(UsageError, match=f"^There is no build before {built[0]} in .+ to roll"):
        layout.roll_back(settings.index)
    assert layout.current(settings.index).name == built[0]
    recorder.take()
    assert build_index(settings).read == 1
    assert "The radar cost four roubles." in recorder.take()
    assert first_quote(settings, PRICE) == "The radar cost four roubles."


def test_the_last_builds_are_kept(settings: Settings) -> None:
    """`keep_builds` sets their number; the newest is in service."""
    few = settings.model_copy(update={"keep_builds": 2})
    built = []
    for number in range(4):
        write(settings.corpus, {"radar.md": RADAR.replace("nine", str(number))})
        built.append(build_index(few).build)
    assert build_names(settings.index) == built[2:]
    assert layout.current(settings.index).name == built[3]
    assert leftovers(settings.index) == []


def test_the_command_line_rolls_back_one_build(settings: Settings) -> None:
    """It prints the build now in service; without an earlier build it exits with 2."""
    write(settings.corpus, {"radar.md": RADAR})
    first = build_index(settings).build
    build_index(settings, fresh=True)
    words = command("build", "--rollback", "--index", settings.index)
    done = run(words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{first}\n", "")
    done = run(words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"There is no build before {first} in ")


# -- publishing while questions are asked ----------------------------------------------------


def test_a_script_switches_to_the_new_build(settings: Settings) -> None:
    """A running process gets its answers from the new build once it is published."""
    script = (
        "import sys\n"
        "from chatbot import retrieve\n"
        "for question in sys.stdin:\n"
        "    print(retrieve(question.strip())[0].quote, flush=True)\n"
    )
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "CHATBOT_INDEX": str(settings.index)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        for price in ("nine", "five"):
            write(settings.corpus, {"radar.md": RADAR.replace("nine", price)})
            build_index(settings)
            print(PRICE, file=process.stdin, flush=True)
            assert process.stdout.readline() == f"The radar cost {price} roubles.\n"


def test_questions_go_on_while_builds_are_published(settings: Settings) -> None:
    """Threads that ask without pause always get an answer, each from exactly one build."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    expected = {build_index(settings).build: "The radar cost nine roubles."}
    answers: dict[str, set[str]] = {}
    new_answer = threading.Condition()
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answer = chatbot.ask(PRICE)
            with new_answer:
                answers.setdefault(answer.build, set()).add(answer.citations[0].quote)
                new_answer.notify_all()

    with Chatbot.open(settings=settings) as chatbot, ThreadPoolExecutor(3) as threads:
        futures = [threads.submit(ask) for _ in range(3)]
        try:
            for price in ("five", "four", "three"):
                write(settings.corpus, {"radar.md": RADAR.replace("nine", price)})
                build = build_index(settings).build
                expected[build] = f"The radar cost {price} roubles."
                with new_answer:
                    assert new_answer.wait_for(partial(answers.__contains__, build), timeout=60)
        finally:
            done.set()
        for future in futures:
            future.result()
    assert answers == {build: {quote} for build, quote in expected.items()}
