"""The answer reader finds the sentence and the words that answer, within bounds."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from chatbot.answers import LOWEST
from chatbot.assistant import Chatbot
from chatbot.encoder import find_model
from chatbot.encoder.batches import padded
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.errors import ModelMissing
from chatbot.reader import network
from chatbot.reader.answer_reader import AnswerReader
from chatbot.settings import load_settings

SENTENCES = (
    "The two countries have trained together for years.",
    "The treaty was signed in Astana in 2011 by both ministers.",
    "Nobody had expected much of the talks.",
)


@pytest.fixture(scope="module")
def reader(cache: Path) -> AnswerReader:
    return AnswerReader(cache)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Where was the treaty signed?", "Astana"),
        ("When was the treaty signed?", "2011"),
        ("Who signed the treaty?", "both ministers"),
    ],
)
def test_the_sentence_that_answers_has_the_highest_score(
    reader: AnswerReader, question: str, answer: str
) -> None:
    """Its words are named: at least the answer, and less than the whole sentence."""
    (readings,) = reader.read(question, [SENTENCES], limit=100)
    assert int(np.argmax([reading.score for reading in readings])) == 1
    words = SENTENCES[1][readings[1].start : readings[1].end]
    assert answer in words
    assert len(words) < len(SENTENCES[1]) / 2


def test_an_answer_scores_higher_than_its_absence(reader: AnswerReader) -> None:
    """The same sentences without the one that answers."""
    question = "Where was the treaty signed?"
    found, missing = reader.read(question, [SENTENCES, [SENTENCES[0], SENTENCES[2]]], limit=100)
    assert max(r.score for r in found) > 3 + max(r.score for r in missing)


def test_the_compiled_network_scores_as_torch_does(cache: Path) -> None:
    """Every token of a question and a passage, to half a unit of log-odds."""
    import torch

    from chatbot.encoder.engine import openvino

    base = find_model(BUNDLED)
    original = network.load_network(base, network.weights_file())
    home = network.compiled_folder(cache)
    compiled = network.compiled(openvino().Core(), home / network.MODEL, threads=1)
    text = base.open_tokenizer().encode("Where was it signed?", " ".join(SENTENCES)).ids
    inputs = padded([text])
    with torch.no_grad():
        expected = original(*map(torch.from_numpy, inputs.values())).numpy()
    assert np.abs(compiled(inputs)[0] - expected).max() < 0.5


def test_what_is_read_is_bounded(reader: AnswerReader) -> None:
    """A question of 4,000 characters, a sentence of 10,000 words, and one of one letter."""
    question = "why " * 1_000
    windows = [["word " * 10_000, "Beyond the limit."], ["A"]]
    long, short = reader.read(question, windows, limit=100)
    assert long[0].score > LOWEST
    assert long[1].score == LOWEST
    assert (short[0].start, short[0].end) == (0, 1)


def test_many_threads_get_the_same_readings(reader: AnswerReader) -> None:
    """Two hundred questions at once; scores differ by the batch's padding at most."""
    question = "Where was the treaty signed?"
    (expected,) = reader.read(question, [SENTENCES], limit=100)
    with ThreadPoolExecutor(16) as executor:
        results = executor.map(
            lambda _: reader.read(question, [SENTENCES], limit=100)[0], range(200)
        )
    for readings in results:
        assert [r.start for r in readings] == [r.start for r in expected]
        assert readings[1].score == pytest.approx(expected[1].score, abs=0.2)


def test_a_damaged_network_is_compiled_again(tmp_path: Path) -> None:
    """A file cut short is found when the reader opens, not when a question is asked."""
    home = network.compiled_folder(tmp_path)
    weights = (home / network.MODEL).with_suffix(".bin")
    weights.write_bytes(weights.read_bytes()[:1000])
    (readings,) = AnswerReader(tmp_path).read("Where was it signed?", [SENTENCES], limit=100)
    assert readings[1].score > readings[0].score


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    """They would give numbers without meaning."""
    path = tmp_path / network.WEIGHTS
    save_file(load_file(network.weights_file()), path, {"base": "another"})
    with pytest.raises(ModelMissing, match="trained on another version of all-MiniLM-L6-v2"):
        network.load_network(find_model(BUNDLED), path)


def test_without_weights_the_chatbot_ranks_as_if_it_were_turned_off(
    demo_index: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line says why; answers equal those of `reader = false`."""
    question = "Which air defence system did Russia sell to China?"
    monkeypatch.setattr(network, "weights_file", lambda: tmp_path / "missing.safetensors")
    with (
        caplog.at_level(logging.WARNING),
        Chatbot.open(settings=load_settings(index=demo_index)) as without,
        Chatbot.open(settings=load_settings(index=demo_index, reader=False)) as off,
    ):
        answer, expected = without.ask(question), off.ask(question)
    assert answer.citations == expected.citations
    assert answer.confidence == expected.confidence
    (message,) = [record.getMessage() for record in caplog.records]
    reason = f"The answer reader's weights are missing ({tmp_path / 'missing.safetensors'})."
    assert message == f"{reason} Reinstall chatbot. Passages are ranked without it."
