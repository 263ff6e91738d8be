"""A build replaces another at once, before the eyes of whoever asks, and may be gone back from."""

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

# -- builds that are kept --------------------------------------------------------------------


def test_rolling_back_serves_the_build_before(settings: Settings, recorder: Recorder) -> None:
    """One at a time, down to the first; the next build starts from the one in service."""
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
    recorder.taken()
    assert build_index(settings).read == 1
    assert "The radar cost four roubles." in recorder.taken()
    assert first_quote(settings, PRICE) == "The radar cost four roubles."


def test_the_last_builds_are_kept(settings: Settings) -> None:
    """As many as the setting says, the newest of them in service."""
    few = settings.model_copy(update={"keep_builds": 2})
    built = []
    for number in range(4):
        write(settings.corpus, {"radar.md": RADAR.replace("nine", str(number))})
        built.append(build_index(few).build)
    assert build_names(settings.index) == built[2:]
    assert layout.current(settings.index).name == built[3]
    assert leftovers(settings.index) == []


def test_the_command_line_goes_back_one_build(settings: Settings) -> None:
    """And says which is in service then; where there is none before, it is wrong usage."""
    write(settings.corpus, {"radar.md": RADAR})
    first = build_index(settings).build
    build_index(settings, fresh=True)
    words = command("build", "--rollback", "--index", settings.index)
    done = run(words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{first}\n", "")
    done = run(words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"There is no build before {first} in ")


# -- a build that is published while questions are asked -------------------------------------


def test_a_script_switches_to_the_new_build(settings: Settings) -> None:
    """One process asks before and after another has published."""
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
    """Threads that never pause get an answer each time, from one build and no other."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    expected = {build_index(settings).build: "The radar cost nine roubles."}
    seen: dict[str, set[str]] = {}
    news = threading.Condition()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            answer = chatbot.ask(PRICE)
            with news:
                seen.setdefault(answer.build, set()).add(answer.citations[0].quote)
                news.notify_all()

    with Chatbot.open(settings=settings) as chatbot, ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(3)]
        try:
            for price in ("five", "four", "three"):
                write(settings.corpus, {"radar.md": RADAR.replace("nine", price)})
                build = build_index(settings).build
                expected[build] = f"The radar cost {price} roubles."
                with news:
                    assert news.wait_for(partial(seen.__contains__, build), timeout=60)
        finally:
            over.set()
        for each in asking:
            each.result()
    assert seen == {build: {quote} for build, quote in expected.items()}
