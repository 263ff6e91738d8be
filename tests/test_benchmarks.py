"""The benchmarks count work, tokens and samples correctly, run offline, and exist where named."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chatbot.encoder import find_model
from tests.benchmarks.encoding import flop
from tests.benchmarks.peers.samples import sample
from tests.benchmarks.peers.system import Meter
from tests.shared import EVALUATION, PROJECT


def test_the_work_of_a_token_is_that_of_weights_and_attention() -> None:
    """The expected value is by hand, for six layers of width 384 and 1,536."""
    weights = 6 * (384 * 384 * 4 + 384 * 1536 * 2)  # query, key, value, output; up and down
    attention = 6 * (2 * 384 * 2)  # queries by keys, weights by values, for each pair of tokens
    lengths = np.array([10, 200])
    by_hand = 2 * weights * 210 + attention * (10 * 10 + 200 * 200)
    assert flop(find_model("all-MiniLM-L6-v2"), lengths) == by_hand


@pytest.mark.skipif(not EVALUATION.is_dir(), reason="the shared evaluation data is not here")
def test_a_sample_has_every_judged_document(tmp_path: Path) -> None:
    """It has the requested number of documents, and measures no warm-up question."""
    chosen = sample("scifact", tmp_path, documents=120, questions=60)
    doc_ids = [json.loads(line)["_id"] for line in chosen.corpus.read_text("utf-8").splitlines()]
    assert len(doc_ids) == len({*doc_ids}) == chosen.documents == 120
    assert len(chosen.questions) == 60
    assert {doc_id for question in chosen.questions for doc_id in question.grades} <= {*doc_ids}
    assert not {*chosen.warm_up} & {question.text for question in chosen.questions}


def test_tokens_are_counted_without_their_padding() -> None:
    """Two texts of different lengths in one batch; the model's tokenizer is the oracle."""
    from chatbot.encoder.reference_encoder import load_model

    model = load_model(find_model("all-MiniLM-L6-v2"))
    texts = ["Wind tunnel", "The committee found that trade, energy and arms sales had grown."]
    with Meter() as meter:
        model.encode(texts, show_progress_bar=False)
        inside = meter.tokens
    model.encode(texts, show_progress_bar=False)
    assert inside == meter.tokens == sum(len(model.tokenizer(text).input_ids) for text in texts)


def test_a_system_that_connects_to_the_network_is_blocked_and_named(tmp_path: Path) -> None:
    """A fake system connects to a host; the process reports the host and goes on."""
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("{}", "utf-8")
    (tmp_path / "reaching.py").write_text(
        "import socket\n"
        "from tests.benchmarks.peers.system import Built\n"
        "class Peer:\n"
        "    def __init__(self, model): pass\n"
        "    def build(self, corpus, index):\n"
        "        try:\n"
        "            socket.create_connection(('192.0.2.1', 80), timeout=5)\n"
        "        except OSError as refused:\n"
        "            return Built(str(refused), 0, 0)\n",
        "utf-8",
    )
    # The folder with the fake system is added to the package of the systems.
    start = (
        "import sys, runpy, tests.benchmarks.peers as peers;"
        f"peers.__path__.append({str(tmp_path)!r});"
        f"sys.argv = ['child', 'reaching', '.', 'build', {str(corpus)!r}, 'index'];"
        "runpy.run_module('tests.benchmarks.peers.child', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", start], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    report = json.loads(done.stdout)
    assert report["tried_to_reach"] == ["192.0.2.1"]
    assert report["passages"] == "192.0.2.1 is not this machine"


_NAMED = re.compile(r"tests[./]benchmarks[./](\w+)(\.py)?")


@pytest.mark.parametrize("folder", ["chatbot", "tests"])
def test_every_benchmark_that_the_code_names_exists(folder: str) -> None:
    """A comment that cites a measurement names a benchmark that can be run."""
    benchmarks = PROJECT / "tests" / "benchmarks"
    names = {path.stem for path in benchmarks.iterdir()}
    for path in (PROJECT / folder).rglob("*.py"):
        cited = {name for name, _ in _NAMED.findall(path.read_text("utf-8"))}
        assert cited <= names, path
