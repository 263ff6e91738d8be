"""Evaluation data that lies beside some checkouts; tests that need it are skipped without."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT.parent / "shared" / "data"
EVALUATION = DATA / "eval"
ARTICLES = ("000_a34b5f9ab199cbe8.txt", "002_7689fb03d2e3568b.txt")
QUESTIONS = PROJECT / "tests" / "questions"

RANKED = ("scifact", "squad20_sample", "cranfield", "time", "mtrag_human_dev")
