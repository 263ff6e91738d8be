"""Paths of the project and of the shared evaluation data, which not every checkout has."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DATA = PROJECT.parent / "shared" / "data"
EVALUATION = DATA / "eval"
ARTICLES = ("000_a34b5f9ab199cbe8.txt", "002_7689fb03d2e3568b.txt")
QUESTIONS = PROJECT / "tests" / "questions"
# A package with the encoder of letters, which needs no model.
LETTERS = PROJECT / "tests" / "examples" / "letters_encoder"

RANKED = ("scifact", "squad20_sample", "cranfield", "time", "mtrag_human_dev")
