"""The cost of growth: build time, disk, memory and time per question, by corpus size.

    python -m tests.benchmarks.growth [PASSAGES ...]        by default 10,000 and 100,000
    python -m tests.benchmarks.growth --chance [PASSAGES ...]
    python -m tests.benchmarks.growth --rules [PASSAGES]    only builds, with rules for groups
    python -m tests.benchmarks.growth_plot                  plots the last measurements

Texts are recombined from real sentences and vectors from the model's own (see recombined.py), so
build times exclude the encoder. Questions are real and encoded by the real model. With `--chance`
no sentence is encoded: vectors are sums of one random direction per word. Only `recall@10` has
another meaning then, and half an hour of encoding is saved.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import chatbot.ingestion.build_index as building
from chatbot.assistant import Chatbot
from chatbot.encoder import open_encoder, resolve_model
from chatbot.errors import ChatbotError
from chatbot.index.folder_build import FolderBuild
from chatbot.index.lexical import lexical_search as search
from chatbot.index.opened_build import Build
from chatbot.ingestion import machines
from chatbot.ingestion.access_rules import FILE
from chatbot.retrieval.query import query_terms
from chatbot.settings import Settings, load_settings
from tests.benchmarks.indexes import HOME
from tests.benchmarks.recombined import (
    RecombiningEncoder,
    Sentences,
    by_chance,
    embedded,
    write_corpus,
)
from tests.shared import EVALUATION

SIZES = (10_000, 100_000)
_QUESTIONS = 1_000
_WARM_UP = 50
_DEPTH = 10
_FILTERS: dict[str, dict[str, Any]] = {
    "none": {},
    "1 %": {"tag": "every7"},
    "25 %": {"language": "de"},
    "50 %": {"tag": "half1"},
    "10 % by date": {"date_from": "1995", "date_to": "1997"},
}


def main(sizes: Sequence[int] = SIZES, *, chance: bool = False) -> None:
    """Build and measure each size; print a table and write JSON."""
    sentences = Sentences(by_chance() if chance else embedded())
    name = "growth-by-chance" if chance else "growth"
    figures = []
    for size in sizes:
        home = HOME / name / str(size)
        if not home.exists():
            write_corpus(home / "corpus", size, sentences)
        settings = load_settings(corpus=home / "corpus", index=home / "index")
        with _recombining(settings, sentences):
            build_figures = {**_build(settings), **_change_one(settings)}
        process = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.growth", "--ask", str(settings.index)],
            capture_output=True,
            text=True,
            check=True,
        )
        figures.append(build_figures | json.loads(process.stdout))
        print(json.dumps(figures[-1], indent=1))
    _table(_merged(figures, HOME / f"{name}.json"))


def _merged(figures: list[dict[str, Any]], file: Path) -> list[dict[str, Any]]:
    """These figures and earlier ones of other sizes, by size; also written to the file."""
    earlier = json.loads(file.read_text("utf-8")) if file.exists() else []
    by_size = {round(row["passages"], -4): row for row in (*earlier, *figures)}
    rows = [by_size[size] for size in sorted(by_size)]
    file.write_text(json.dumps(rows, indent=1), "utf-8")
    return rows


def with_rules(passages: int) -> None:
    """Build an index of this size by chance, in which thirty groups may see what others may not."""
    home = HOME / "growth-with-rules" / str(passages)
    sentences = Sentences(by_chance())
    if not home.exists():
        write_corpus(home / "corpus", passages, sentences)
    rules = (
        f'[[rule]]\npaths = ["{folder:03}/*{digit}.md"]\ngroups = ["d{digit}", "f{folder}"]\n'
        for folder in range(10)
        for digit in range(3)
    )
    (home / "corpus" / FILE).write_text("\n".join(rules), "utf-8")
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    with _recombining(settings, sentences):
        report = building.build_index(settings)
    print(f"{report.passages:,} passages in {settings.index}")


@contextmanager
def _recombining(settings: Settings, sentences: Sentences) -> Iterator[None]:
    """Inside the block, builds take their vectors from the sentences."""
    encoder = RecombiningEncoder(
        open_encoder(resolve_model(settings), cache=settings.cache), sentences
    )
    with patch.object(machines, "open_encoder", lambda *_, **__: encoder):
        yield


def _build(settings: Settings) -> dict[str, Any]:
    shutil.rmtree(settings.index, ignore_errors=True)
    seconds, report = _timed(lambda: building.build_index(settings))
    folder = settings.index / "builds" / report.build
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "passages": report.passages,
        "sentences": report.sentences,
        "build s": round(seconds, 1),
        "stages s": dict(report.seconds),
        "disk MB": round(size / 1e6),
        "nothing changed s": round(_timed(lambda: building.build_index(settings))[0], 2),
    }


def _change_one(settings: Settings) -> dict[str, Any]:
    """The time to publish one changed document, and the questions asked in the meantime."""
    path = next(iter(sorted(settings.corpus.rglob("*.md"))))
    text = path.read_text("utf-8")
    answers, failures = 0, 0
    with Chatbot.open(settings=settings) as chatbot:
        path.write_text(f"{text}\nA tapir was seen at the harbour.\n", "utf-8")
        with subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.growth", "--hammer", str(settings.index)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as hammer:
            assert hammer.stdin
            assert hammer.stdout
            hammer.stdout.readline()
            seconds, report = _timed(lambda: building.build_index(settings))
            output, _ = hammer.communicate("stop\n")
        answers, failures = json.loads(output)
        first = chatbot.ask("Where was a tapir seen?").build
    path.write_text(text, "utf-8")
    assert first == report.build
    return {
        "one changed s": round(seconds, 2),
        "its stages s": dict(report.seconds),
        "asked meanwhile": answers,
        "failed meanwhile": failures,
    }


def _hammer(index: str) -> None:
    """Ask without pause until a line is read; print the numbers of questions and failures."""
    stop = threading.Event()

    def wait_for_line() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=wait_for_line, daemon=True).start()
    questions = real_questions()
    answers = failures = 0
    with Chatbot.open(index) as chatbot:
        print("ready", flush=True)
        while not stop.is_set():
            try:
                chatbot.ask(questions[answers % len(questions)])
            except ChatbotError:
                failures += 1
            answers += 1
    print(json.dumps([answers, failures]))


def _ask(index: str) -> None:
    """Print the time and memory of a process that only answers, as JSON."""
    questions = real_questions()
    opening, chatbot = _timed(lambda: Chatbot.open(index))
    with chatbot:
        for question in questions[:_WARM_UP]:
            chatbot.ask(question)
        plain = _percentiles(chatbot, questions[_WARM_UP:], None)
        memory = _memory()
        repeated = _percentiles(chatbot, questions[-200:], None)
        filtered = {
            name: _percentiles(chatbot, questions[_WARM_UP : _WARM_UP + 200], filters)["p50 ms"]
            for name, filters in _FILTERS.items()
        }
        figures = {
            "open s": round(opening, 2),
            **plain,
            "repeated p50 ms": repeated["p50 ms"],
            "filtered p50 ms": filtered,
            **memory,
            "method": chatbot.build.manifest.dense,
            "recall@10": _recall(chatbot, questions[:300]),
            "words found@100": _words_found(chatbot.build, questions[:300]),
        }
    print(json.dumps(figures))


def _percentiles(
    chatbot: Chatbot, questions: Sequence[str], filters: dict[str, Any] | None
) -> dict[str, Any]:
    times = []
    stages: dict[str, list[float]] = {}
    for question in questions:
        seconds, answer = _timed(lambda: chatbot.ask(question, filters=filters))  # noqa: B023
        times.append(seconds * 1e3)
        for name, value in answer.timings.items():
            stages.setdefault(name, []).append(value)
    return {
        "p50 ms": round(float(np.percentile(times, 50)), 2),
        "p99 ms": round(float(np.percentile(times, 99)), 2),
        "median of stages ms": {
            name: round(float(np.median(values)), 2) for name, values in stages.items()
        },
    }


def _recall(chatbot: Chatbot, questions: Sequence[str]) -> float:
    """The share of the ten nearest passages that the dense arm returns."""
    build = chatbot.build
    assert isinstance(build, FolderBuild)
    dense, rows = build.dense, np.arange(len(build))
    vectors = np.stack([chatbot.retriever().encode(question) for question in questions])
    scores = np.concatenate(
        [vectors @ dense.vectors(part).T for part in np.array_split(rows, len(rows) // 50_000 + 1)],
        axis=1,
    )
    exact = np.argpartition(-scores, _DEPTH, axis=1)[:, :_DEPTH]
    hits = [dense.search(vector, _DEPTH, None)[0] for vector in vectors]
    shares = [len({*a} & {*b}) / _DEPTH for a, b in zip(hits, exact, strict=True)]
    return round(float(np.mean(shares)), 4)


def _words_found(build: Build, questions: Sequence[str]) -> float:
    """The share of the hundred best lexical hits that the budgeted search returns."""

    def hits() -> list[set[int]]:
        wordings = [query_terms(question, build) for question in questions]
        return [{*build.lexical_hits(query.emphasis, 100, None)[0].tolist()} for query in wordings]

    pruned = hits()
    with patch.multiple(search, _LEAST_POSTINGS=sys.maxsize, _LEAST_POOL=sys.maxsize):
        exact = hits()
    shares = [len(a & b) / len(b) for a, b in zip(pruned, exact, strict=True) if b]
    return round(float(np.mean(shares)), 4)


def _memory() -> dict[str, int]:
    """Megabytes of this process: resident, and resident without mapped files (Linux)."""
    fields = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text("utf-8").splitlines()
    )
    return {
        "resident MB": int(fields["VmRSS"].split()[0]) // 1024,
        "of it not files MB": int(fields["RssAnon"].split()[0]) // 1024,
    }


def real_questions() -> list[str]:
    """Questions of the shared sets, in an order that is always the same."""
    questions = []
    for name in ("scifact", "squad20_sample", "cranfield", "mtrag_human_dev"):
        lines = (EVALUATION / name / "queries.jsonl").read_text("utf-8").splitlines()
        questions += [json.loads(line)["text"] for line in lines]
    random.Random(1).shuffle(questions)
    return questions[: _QUESTIONS + _WARM_UP]


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _table(figures: Sequence[dict[str, Any]]) -> None:
    names = (
        "passages", "build s", "disk MB", "resident MB", "of it not files MB", "open s", "p50 ms",
        "p99 ms", "recall@10", "words found@100", "one changed s", "nothing changed s",
    )  # fmt: skip
    print(f"| {' | '.join(names)} |")
    print(f"|{' --- |' * len(names)}")
    for row in figures:
        print(f"| {' | '.join(str(row.get(name, '-')) for name in names)} |")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--ask", index]:
            _ask(index)
        case ["--hammer", index]:
            _hammer(index)
        case ["--chance", *sizes]:
            main([int(size) for size in sizes] or SIZES, chance=True)
        case ["--rules", *sizes]:
            with_rules(int(sizes[0]) if sizes else SIZES[-1])
        case sizes:
            main([int(size) for size in sizes] or SIZES)
