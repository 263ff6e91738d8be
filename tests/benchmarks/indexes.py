"""Indexes of the shared evaluation sets, built by the product and kept between runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.shared import EVALUATION, PROJECT

HOME = PROJECT / ".benchmarks"


def open_set(name: str, **settings: Any) -> Chatbot:
    """Update the index of an evaluation set and open the chatbot over it."""
    return open_corpus(EVALUATION / name / "corpus.jsonl", HOME / name, **settings)


def open_corpus(corpus: Path, index: Path, **flags: Any) -> Chatbot:
    """Update the index of a corpus and open the chatbot over it."""
    settings = load_settings(corpus=corpus, index=index, **flags)
    build_index(settings)
    return Chatbot.open(settings=settings)
