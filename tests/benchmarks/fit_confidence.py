"""Fit the confidence that the settings begin with, and say how well it does.

    python -m tests.benchmarks.fit_confidence

Each question of squad20_sample (one half of them) and of scifact's train split is asked as it is
and with its document taken out of the index; for squad20_sample, once with its whole article and
once with only its paragraph taken out. The answer is there in the first case, if a card shows it,
and in no other. The report is on the other half and on scifact's test split.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.evaluation.calibration import Trial, fit, trial
from chatbot.evaluation.question_set import Question, load_qrels
from chatbot.evaluation.reliability import (
    auroc,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)
from chatbot.retrieval.confidence import Calibration, probability
from chatbot.settings import load_settings
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION

# Questions of scifact weigh less, so that both sets count alike.
_SCIFACT = 0.35


@dataclass(frozen=True, slots=True)
class Asked:
    """A trial of a question in one of the ways that it is asked."""

    question_id: str
    kind: str
    trial: Trial


def main() -> None:
    """Print the constants and the report."""
    squad = open_set("squad20_sample")
    asked = list(_trials(squad, "squad20_sample", "qrels.tsv", article=_article))
    near = list(_near_misses(squad))
    scifact = open_set("scifact")
    train = list(_trials(scifact, "scifact", "qrels/train.tsv"))
    test = list(_trials(scifact, "scifact", "qrels/test.tsv"))
    fitted_on = [each for each in asked if _half(each.question_id)]
    held_out = [each for each in asked if not _half(each.question_id)]
    weights = [1.0] * len(fitted_on) + [_SCIFACT] * len(train)
    found = fit([each.trial for each in (*fitted_on, *train)], weights=weights)
    for each in fields(found):
        print(f"confidence_{each.name} = {getattr(found, each.name):.2f}")
    report("squad20_sample, article out", found, _kinds(held_out, "asked", "article out"))
    report("squad20_sample, paragraph out", found, _kinds(held_out, "asked", "paragraph out"))
    report("squad20_sample, near misses", found, [*_kinds(held_out, "asked"), *near])
    report("scifact test, document out", found, _kinds(test, "asked", "article out"))


def report(name: str, by: Calibration, asked: Sequence[Asked]) -> None:
    """What it tells apart, whether it is calibrated, and what its verdicts are worth."""
    chances = np.array([probability(each.trial.seen, by) for each in asked])
    right = np.array([each.trial.right for each in asked])
    there = np.array([each.kind == "asked" for each in asked])
    use = load_settings()
    strong = chances >= use.strong_from
    print(
        f"{name}: {len(asked)} trials, AUROC {auroc(chances, there):.3f} (there or not), "
        f"{auroc(chances, right):.3f} (shown or not), calibration error "
        f"{expected_calibration_error(chances, right):.3f}, answered at 5 % risk "
        f"{risk_coverage(chances, right).coverage_at(0.05):.3f}, strong {strong.sum()} of which "
        f"right {right[strong].mean() if strong.any() else 0:.3f}, abstained on "
        f"{(chances[there] < use.abstain_below).mean():.3f} of those there and "
        f"{(chances[~there] < use.abstain_below).mean():.3f} of the others"
    )
    bins = reliability_bins(chances, right)
    print("  promised  " + "".join(f"{each.chance:7.2f}" for each in bins))
    print("  kept      " + "".join(f"{each.right:7.2f}" for each in bins))


def _trials(
    chatbot: Chatbot, name: str, qrels: str, *, article: Callable[[str], str] | None = None
) -> Iterator[Asked]:
    entries = _entries(name)
    for question_id, judgments in load_qrels(EVALUATION / name / qrels).items():
        entry = entries[question_id]
        if not entry.get("metadata", {}).get("answerable", True):
            continue
        question = Question(question_id, entry["text"], tuple(judgments))
        yield Asked(question_id, "asked", trial(chatbot, question))
        gone = Question(question_id, entry["text"])
        outs = {"article out": _in_articles({*question.grades}, article)}
        if article:
            outs["paragraph out"] = question.grades.__contains__
        for kind, without in outs.items():
            yield Asked(question_id, kind, trial(chatbot, gone, without=without))


def _in_articles(doc_ids: set[str], article: Callable[[str], str] | None) -> Callable[[str], bool]:
    """Whether a document belongs to an article that one of these does; alone without articles."""
    if article is None:
        return doc_ids.__contains__
    articles = {article(doc_id) for doc_id in doc_ids}
    return lambda doc_id: article(doc_id) in articles


def _near_misses(chatbot: Chatbot) -> Iterator[Asked]:
    for question_id, entry in _entries("squad20_sample").items():
        if not entry["metadata"]["answerable"]:
            yield Asked(question_id, "near", trial(chatbot, Question(question_id, entry["text"])))


def _entries(name: str) -> Mapping[str, dict[str, Any]]:
    lines = (EVALUATION / name / "queries.jsonl").read_text("utf-8").splitlines()
    return {entry["_id"]: entry for entry in map(json.loads, lines)}


def _article(doc_id: str) -> str:
    return doc_id.rsplit("#", 1)[0]


def _half(question_id: str) -> bool:
    return hashlib.sha256(question_id.encode()).digest()[0] % 2 == 0


def _kinds(asked: Sequence[Asked], *kinds: str) -> list[Asked]:
    return [each for each in asked if each.kind in kinds]


if __name__ == "__main__":
    main()
