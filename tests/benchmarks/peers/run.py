"""Measures every system twice in turn, in fresh processes; prints a table and writes a file.

Each system reads the same file of documents, cuts them in its own way and embeds them with the
same weights. Builds and questions run in separate processes. The better of two repetitions counts,
figure by figure. `product / best` compares the product with the best framework of a column and is
above 1 if the product is better. `core s` is the build's processor time, which stays comparable
when other programs run.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chatbot.encoder import find_model
from chatbot.evaluation.measures import measure
from chatbot.settings import load_settings
from tests.benchmarks.indexes import HOME
from tests.benchmarks.machine import machine, sentence
from tests.benchmarks.peers.environment import FRAMEWORKS, PRODUCT, Lines, frameworks, versions
from tests.benchmarks.peers.product import embedded_tokens
from tests.benchmarks.peers.samples import Sample, sample
from tests.benchmarks.peers.shell import from_the_shell

_HOME = HOME / "peers-run"
_REPETITIONS = 2
_LIBRARIES = ("openvino", "sentence-transformers", "torch", "faiss-cpu", "tantivy")

# The heading of each figure, its format, and the function that picks the better of two values.
_Better = Callable[[float, float], float]
_COLUMNS: Mapping[str, tuple[str, str, _Better]] = {
    "documents_per_second": ("docs/s", ".1f", max),
    "passages_per_second": ("passages/s", ".1f", max),
    "core_seconds": ("core s", ".1f", min),
    "tokens_per_second": ("tokens/s", ",.0f", max),
    "p50": ("p50 ms", ".1f", min),
    "p95": ("p95 ms", ".1f", min),
    "nDCG@10": ("nDCG@10", ".3f", max),
    "build_megabytes": ("MB build", ",.0f", min),
    "ask_megabytes": ("MB ask", ",.0f", min),
    "cold_seconds": ("cold s", ".2f", min),
}

Figures = Mapping[str, float]


def main(*, full: bool = False) -> None:
    """Measure and print; whole sets take several times as long."""
    python = frameworks()
    facts = machine(_LIBRARIES)
    print(f"{sentence(facts)}. The better of {_REPETITIONS} repetitions.")
    results = {}
    for name, documents, questions in _sizes(full=full):
        chosen = sample(name, _HOME / name, documents=documents, questions=questions)
        results[name] = _compare(chosen, python)
        if name == "squad20_sample":
            index = chosen.corpus.parent / PRODUCT
            shell = from_the_shell(index, chosen.questions[0].text)
            print("".join(f"{command}: {seconds:.2f} s\n" for command, seconds in shell.items()))
    report = {"machine": facts, "frameworks": versions(python), "sets": results, "shell": shell}
    (HOME / "peers.json").write_text(json.dumps(report, indent=1), "utf-8")


def _sizes(*, full: bool) -> Sequence[tuple[str, int, int]]:
    if full:
        return (("squad20_sample", 1204, 490), ("scifact", 1000, 200))
    return (("squad20_sample", 600, 100),)


def _compare(chosen: Sample, python: Path) -> Mapping[str, Figures]:
    count = len(chosen.questions)
    print(f"\n{chosen.name}: {chosen.documents:,} documents, {count} questions")
    pythons = {PRODUCT: Path(sys.executable), **dict.fromkeys(FRAMEWORKS, python)}
    measured: dict[str, Figures] = {}
    for _ in range(_REPETITIONS):
        for name, its_python in pythons.items():
            figures = _measure(name, its_python, chosen)
            print(f"  measured {name}", file=sys.stderr, flush=True)
            measured[name] = _better(measured[name], figures) if name in measured else figures
    _print(measured)
    return measured


def _measure(name: str, python: Path, chosen: Sample) -> Figures:
    """One system, from the documents to the last answer."""
    index = chosen.corpus.parent / name
    shutil.rmtree(index, ignore_errors=True)
    home = None if name == PRODUCT else _HOME / "home"
    child = (python, "-m", "tests.benchmarks.peers.child", name, find_model(_model()).folder)
    built = _only(Lines(*child, "build", chosen.corpus, index, home=home))
    if name == PRODUCT:
        built["tokens"] = embedded_tokens(index)
    questions = json.dumps(
        {
            "first": chosen.warm_up[0],
            "warm_up": chosen.warm_up[1:],
            "asked": [question.text for question in chosen.questions],
        }
    )
    asking = Lines(*child, "ask", index, stdin=questions, home=home)
    (cold, _), (_, line) = asking.timed
    answered = json.loads(line)
    for report in (built, answered):
        if report["tried_to_reach"]:
            print(f"{name} tried to reach {', '.join(report['tried_to_reach'])}", file=sys.stderr)
    run = {
        question.question_id: [(doc_id, 0.0) for doc_id in doc_ids]
        for question, doc_ids in zip(chosen.questions, answered["found"], strict=True)
    }
    p50, p95 = np.percentile(answered["milliseconds"], [50, 95]).tolist()
    return {
        "passages": built["passages"],
        "tokens": built["tokens"],
        "documents_per_second": chosen.documents / built["seconds"],
        "passages_per_second": built["passages"] / built["seconds"],
        "core_seconds": built["core_seconds"],
        "tokens_per_second": built["tokens"] / built["embedding_seconds"],
        "p50": p50,
        "p95": p95,
        "nDCG@10": measure(run, chosen.questions, ["nDCG@10"]).mean["nDCG@10"],
        "build_megabytes": built["megabytes"],
        "ask_megabytes": answered["megabytes"],
        "cold_seconds": cold,
    }


def _model() -> str:
    return load_settings().model


def _only(lines: Lines) -> dict[str, Any]:
    ((_, line),) = lines.timed
    figures: dict[str, Any] = json.loads(line)
    return figures


def _better(first: Figures, second: Figures) -> Figures:
    return {
        name: _COLUMNS[name][2](value, second[name]) if name in _COLUMNS else value
        for name, value in first.items()
    }


def _print(measured: Mapping[str, Figures]) -> None:
    print(f"{'':18}" + "".join(f"{heading:>12}" for heading, _, _ in _COLUMNS.values()))
    names = {**FRAMEWORKS, PRODUCT: "the product"}
    for name, label in names.items():
        values = (format(measured[name][key], form) for key, (_, form, _) in _COLUMNS.items())
        print(f"{label:18}" + "".join(f"{value:>12}" for value in values))
    ratios = []
    for key, (_, _, better) in _COLUMNS.items():
        ours, theirs = measured[PRODUCT][key], [measured[name][key] for name in FRAMEWORKS]
        ratio = ours / max(theirs) if better is max else min(theirs) / ours
        ratios.append(f"{ratio:.2f}")
    print(f"{'product / best':18}" + "".join(f"{ratio:>12}" for ratio in ratios), flush=True)
