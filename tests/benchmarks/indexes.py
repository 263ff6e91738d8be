"""Indexes of the shared evaluation sets, built through the product and kept between runs."""

from __future__ import annotations

from pathlib import Path

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.shared import EVALUATION, PROJECT

HOME = PROJECT / ".benchmarks"


def open_set(name: str) -> Chatbot:
    """The chatbot over one evaluation set, its index brought up to date first."""
    return open_corpus(EVALUATION / name / "corpus.jsonl", HOME / name)


def open_corpus(corpus: Path, index: Path) -> Chatbot:
    """The chatbot over any corpus."""
    settings = load_settings(corpus=corpus, index=index)
    build_index(settings)
    return Chatbot.open(settings=settings)
