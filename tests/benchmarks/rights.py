"""Compares what people see with an index of only what they may see, and times questions.

    python -m tests.benchmarks.rights [--cases 2000] [--index DIR]

Each case has random rules, a person and a question (`tests/closed_documents.py`). It fails at the
first difference. With `--index`, it also times questions to that index, without restriction and as
a person who may see nine in ten documents.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.index.opened_build import Build
from chatbot.index.visible_build import VisibleBuild
from tests.closed_documents import Corpus, check, random_case
from tests.doors import QUESTIONS
from tests.shared import LETTERS

_PEOPLE = 4
_ROUNDS = 40


def main() -> None:
    """Run the cases, then the timing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--index", type=Path)
    arguments = parser.parse_args()
    sys.path.insert(0, str(LETTERS))
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus(Path(folder))
        for number in range(arguments.cases):
            case = random_case(random.Random(number))
            # Several people ask under the same rules.
            rules = random_case(random.Random(-1 - number // _PEOPLE)).rules
            check(corpus, case._replace(rules=rules))
        corpus.close()
    seconds = time.perf_counter() - start
    print(f"{arguments.cases:,} cases without a difference, in {seconds:.0f} s")
    if arguments.index:
        with Chatbot.open(arguments.index) as chatbot:
            _time(chatbot)


def _time(chatbot: Chatbot) -> None:
    """Print the median time of a question, by turns without restriction and with it."""
    whole = chatbot.build
    builds: dict[str, Build] = {"without": whole, "with": _most_of(whole)}
    times: dict[str, list[float]] = {name: [] for name in builds}
    for number in range(_ROUNDS):
        for question in QUESTIONS:
            # The same question isn't encoded twice, so each has words of its own.
            for name, build in [*builds.items()][:: 1 if number % 2 else -1]:
                text = f"{question} {number} {name}"
                begin = time.perf_counter()
                chatbot.ask_and_rank(text, build=build)
                times[name].append((time.perf_counter() - begin) * 1e3)
    before, after = (statistics.median(times[name]) for name in ("without", "with"))
    print(
        f"{whole.manifest.documents:,} documents, {len(whole):,} passages: a question takes "
        f"{before:.1f} ms without rights and {after:.1f} ms with them ({after / before - 1:+.1%})"
    )


def _most_of(build: Build) -> VisibleBuild:
    """A build without every tenth document."""
    numbers = np.arange(build.manifest.documents)
    return VisibleBuild(build, numbers[numbers % 10 != 9])


main()
