"""A cross-encoder in the settings reorders the first passages."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chatbot.assistant import Chatbot
from chatbot.doctor import examine
from chatbot.encoder import find_model
from chatbot.encoder.fingerprint import BUNDLED
from chatbot.retrieval.ranking import Ranking
from chatbot.settings import load_settings

QUESTION = "Which air defence system did Russia sell to China?"
DEPTH = 12


def tiny(folder: Path, *, labels: int = 1) -> Path:
    """A cross-encoder with two small layers and random weights, saved as its library does."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(3)
    tokenizer = AutoTokenizer.from_pretrained(str(find_model(BUNDLED).folder))
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.4,
        num_labels=labels,
    )
    BertForSequenceClassification(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("cross") / "model")


def opened(index: Path, **settings: Any) -> Chatbot:
    """A chatbot without the answer reader, which would reorder the passages once more."""
    return Chatbot.open(settings=load_settings(index=index, reader=False, **settings))


@pytest.fixture(scope="module")
def demo(demo_index: Path) -> Iterator[Chatbot]:
    with opened(demo_index) as chatbot:
        yield chatbot


def ranked(chatbot: Chatbot, question: str = QUESTION) -> Ranking:
    return chatbot.ask_and_rank(question)[1]


def own_scores(model: Path, pairs: list[tuple[str, str]]) -> list[float]:
    """The model's logit for each pair, computed by transformers one pair at a time."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model))
    network = AutoModelForSequenceClassification.from_pretrained(str(model)).eval()
    with torch.no_grad():
        return [
            float(network(**tokenizer(*pair, truncation=True, return_tensors="pt")).logits)
            for pair in pairs
        ]


def test_the_first_passages_are_ordered_by_the_models_own_scores(
    demo: Chatbot, demo_index: Path, model: Path
) -> None:
    """The weight is so high that nothing else counts; the model is run pair by pair."""
    with opened(demo_index, reranker=str(model), rerank_depth=DEPTH, rerank_weight=1e6) as chatbot:
        reranked = ranked(chatbot)
    plain = ranked(demo)
    read = demo.build.passages(plain.candidates.rows[:DEPTH].tolist())
    titles = {summary.doc_id: summary.title for summary in demo.documents()}
    pairs = [
        (QUESTION, ". ".join([titles[passage.doc_id], *passage.section, passage.text]))
        for passage in read
    ]
    scores = own_scores(model, pairs)
    assert len({round(score, 3) for score in scores}) > DEPTH / 2  # the scores differ
    best_first = sorted(zip(scores, plain.candidates.rows.tolist(), strict=False), reverse=True)
    rows = reranked.candidates.rows.tolist()
    assert rows[:DEPTH] == [row for _, row in best_first]
    assert rows[:DEPTH] != plain.candidates.rows[:DEPTH].tolist()
    assert rows[DEPTH:] == plain.candidates.rows[DEPTH:].tolist()


def test_a_score_is_the_clues_and_the_models_share(
    demo: Chatbot, demo_index: Path, model: Path
) -> None:
    """The sum is written out; order and score agree from the first passage to the last."""
    with opened(demo_index, reranker=str(model), rerank_depth=DEPTH, rerank_weight=0.5) as chatbot:
        reranked = ranked(chatbot)
        documents = reranked.documents(100)
        cited = chatbot.retrieve(QUESTION, top_k=DEPTH + 5)
    plain = ranked(demo).candidates
    together = dict(zip(plain.rows.tolist(), plain.score.tolist(), strict=True))
    for place, row in enumerate(reranked.candidates.rows.tolist()):
        why = reranked.candidates.why(place)
        assert (why.rerank is not None) == (place < DEPTH)
        assert why.together == together[row]
        expected = together[row] + 0.5 * (why.rerank or 0.0)
        assert reranked.candidates.score[place] == pytest.approx(expected, abs=1e-5)
    shares = [reranked.candidates.why(place).rerank for place in range(DEPTH)]
    assert (shares.count(0.0), shares.count(1.0)) == (1, 1)
    assert bool(np.all(np.diff(reranked.candidates.score) <= 0))
    assert [score for _, score in documents] == sorted(
        (score for _, score in documents), reverse=True
    )
    assert [citation.score for citation in cited] == reranked.candidates.score[: DEPTH + 5].tolist()


def test_confidence_depends_on_the_clues_alone(
    demo: Chatbot, demo_index: Path, model: Path
) -> None:
    """The cross-encoder's share is relative to other passages; at depth 1 it changes nothing."""
    with opened(demo_index, reranker=str(model), rerank_depth=1, rerank_weight=1e6) as chatbot:
        answer = chatbot.ask(QUESTION)
    plain = demo.ask(QUESTION)
    assert answer.confidence == plain.confidence
    assert [citation.doc_id for citation in answer.citations] == [
        citation.doc_id for citation in plain.citations
    ]
    with opened(demo_index, reranker=str(model), rerank_weight=1e6) as chatbot:
        answer, ranking = chatbot.ask_and_rank(QUESTION)
        first = (answer.citations or answer.nearest)[0]
        values = chatbot.retriever().features(QUESTION, ranking, (first,))
    assert values.score == first.why.together < first.score
    assert ranking.candidates.rows[0] != ranked(demo).candidates.rows[0]


def test_reranking_is_a_stage_of_the_timings(demo: Chatbot, demo_index: Path, model: Path) -> None:
    """This makes its cost visible."""
    with opened(demo_index, reranker=str(model)) as chatbot:
        assert [*chatbot.ask(QUESTION).timings] == [
            *("encode", "search", "rerank", "evidence", "confidence", "total")
        ]
    assert "rerank" not in demo.ask(QUESTION).timings


def test_a_missing_cross_encoder_is_named_once_and_the_plain_ranking_serves(
    demo: Chatbot, demo_index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Questions are answered; the log and the doctor say what to do."""
    missing = (
        "The cross-encoder ms-marco-nowhere is not on this machine, and the chatbot downloads "
        "nothing. Copy it here and name its folder in the setting reranker, or leave that empty."
    )
    with (
        caplog.at_level(logging.WARNING),
        opened(demo_index, reranker="ms-marco-nowhere") as chatbot,
    ):
        for _ in range(2):
            assert ranked(chatbot).candidates.rows.tolist() == ranked(demo).candidates.rows.tolist()
        assert "rerank" not in chatbot.ask(QUESTION).timings
        checks = {check.name: check for check in examine(chatbot.settings)}
    messages = [
        record.getMessage() for record in caplog.records if record.name == "chatbot.optional_models"
    ]
    # It's opened once here and once by the doctor.
    assert messages == [f"{missing} Until then, passages aren't reranked."] * 2
    assert (checks["reranker"].outcome, checks["reranker"].detail) == ("note", missing)


def test_a_broken_or_unsuitable_cross_encoder_falls_back_too(
    demo: Chatbot, demo_index: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """This holds for truncated weights and for a classifier with three classes."""
    broken = tiny(tmp_path / "broken")
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    classes = tiny(tmp_path / "classes", labels=3)
    for folder, why in ((broken, "can't be used ("), (classes, "it gives 3 scores for a pair")):
        caplog.clear()
        with (
            caplog.at_level(logging.WARNING),
            opened(demo_index, reranker=str(folder)) as chatbot,
        ):
            assert chatbot.ask(QUESTION).citations == demo.ask(QUESTION).citations
        (message,) = [
            record.getMessage() for record in caplog.records if record.name.startswith("chatbot")
        ]
        assert f"The cross-encoder in {folder} " in message
        assert why in message


def test_a_cross_encoder_in_the_hub_cache_is_found_by_its_name(
    demo_index: Path, model: Path, tmp_path: Path
) -> None:
    """The name may omit the owner; the doctor reports the folder."""
    cached = tmp_path / "hub" / "models--cross-encoder--tiny" / "snapshots" / "1234"
    cached.parent.mkdir(parents=True)
    cached.symlink_to(model)
    for name in ("tiny", "cross-encoder/tiny"):
        done = subprocess.run(
            [sys.executable, "-m", "chatbot", "doctor", "--index", str(demo_index)],
            env={**os.environ, "HF_HOME": str(tmp_path), "CHATBOT_RERANKER": name},
            capture_output=True,
            text=True,
            check=True,
        )
        (line,) = [line for line in done.stdout.splitlines() if "reranker" in line]
        assert line.split() == ["ok", "reranker", f"{name},", "in", str(model)]
