"""Fits the default confidence and reports its quality.

    python -m tests.benchmarks.fit_confidence

It trains on one half of squad20_sample, on scifact's train split, on the demo questions and on
those about two articles, each set with the same weight. Each question is asked as it is and with
its document excluded; for squad20_sample, once without its whole article and once without only
its paragraph. Four fifths of a set's weight are on questions that can be answered. The set's
unanswerable questions, whose passage looks right and is not, are asked as they are. The answer is
right if a card shows a judged document, and never for an unanswerable question or without the
document. The report covers the other half, scifact's test split, the questions on mixed files,
which have no part in the fit, and the two small sets, each fitted on the others. Both are done
with the answer reader and without it.

The coefficients for claims are fitted afterwards, on scifact's train split.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.evaluation.calibration import (
    Trial,
    fit,
    logistic_regression,
    natural_weights,
    trial,
    trials,
)
from chatbot.evaluation.question_set import Question, load_qrels
from chatbot.evaluation.reliability import (
    auroc,
    expected_calibration_error,
    reliability_bins,
    risk_coverage,
)
from chatbot.retrieval.confidence import Calibration, ClaimCalibration, probability
from chatbot.settings import load_settings
from tests.benchmarks.first_sentence import sets
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION


@dataclass(frozen=True, slots=True)
class KindTrial:
    """A trial of a question, with the way it was asked."""

    question_id: str
    kind: str
    trial: Trial


def main() -> None:
    """Print the coefficients and the report, with the answer reader and without it."""
    for reader in (True, False):
        print(f"reader = {str(reader).lower()}")
        _fit(reader=reader)


def _fit(*, reader: bool) -> None:
    squad = open_set("squad20_sample", reader=reader)
    squad_trials = [
        *_trials(squad, "squad20_sample", "qrels.tsv", article=_article),
        *_near_misses(squad),
    ]
    scifact = open_set("scifact", reader=reader)
    small = {
        name: list(_small_set(chatbot, questions))
        for name, chatbot, questions in sets(reader=reader)
    }
    training = {
        "squad20_sample": _kinds(
            filter(_in_half, squad_trials), "asked", "article out", "paragraph out"
        ),
        "scifact": list(_trials(scifact, "scifact", "qrels/train.tsv")),
        "demo": small["demo"],
        "articles": small["articles"],
    }
    fitted = _fitted(training)
    for field in fields(fitted):
        print(f"confidence_{field.name} = {getattr(fitted, field.name):.2f}")
    claims = _fitted_to_claims(fitted, training["scifact"])
    print(", ".join(f"claims {name} = {value:.2f}" for name, value in claims.items()))
    held_out = [trial for trial in squad_trials if not _in_half(trial)]
    test = list(_trials(scifact, "scifact", "qrels/test.tsv"))
    report("squad20_sample, article out", fitted, _kinds(held_out, "asked", "article out"))
    report("squad20_sample, paragraph out", fitted, _kinds(held_out, "asked", "paragraph out"))
    report("squad20_sample, near misses", fitted, _kinds(held_out, "asked", "near"))
    report("scifact test, document out", fitted, _kinds(test, "asked", "article out"))
    for name, small_trials in small.items():
        others = {other: group for other, group in training.items() if other != name}
        report(f"{name}, fitted on the other sets", _fitted(others), small_trials)


def _fitted(training: Mapping[str, Sequence[KindTrial]]) -> Calibration:
    """The coefficients that suit these sets, each with the same weight; claims are questions."""
    groups = [[_as_question(trial.trial) for trial in group] for group in training.values()]
    weights = np.concatenate([natural_weights(group) * 1_000 / len(group) for group in groups])
    return fit([trial for group in groups for trial in group], weights=weights)


def _as_question(claim: Trial) -> Trial:
    return replace(claim, features=replace(claim.features, lead=None))


def _fitted_to_claims(calibration: Calibration, group: Sequence[KindTrial]) -> dict[str, float]:
    """The coefficients of `ClaimCalibration` on top of the others."""
    claims = [trial.trial for trial in group if trial.trial.features.lead is not None]
    chances = np.array([probability(_as_question(claim).features, calibration) for claim in claims])
    leads = np.array([claim.features.lead for claim in claims], np.float64)
    inputs = np.column_stack([np.ones(len(claims)), np.log(chances / (1 - chances)), leads])
    right = [claim.right for claim in claims]
    names = [field.name for field in fields(ClaimCalibration)]
    found = logistic_regression(inputs, right, natural_weights(claims))
    return dict(zip(names, found, strict=True))


def _small_set(chatbot: Chatbot, questions: Sequence[Question]) -> Iterator[KindTrial]:
    """Each question as it is and, if it's answerable, without the documents that answer it."""
    for question in questions:
        asked, *without = trials(chatbot, question)
        kind = "asked" if question.answerable else "near"
        yield KindTrial(question.question_id, kind, asked)
        for other in without:
            yield KindTrial(question.question_id, "article out", other)


def report(name: str, calibration: Calibration, trials: Sequence[KindTrial]) -> None:
    """Print discrimination, calibration and the value of the verdicts with the reader."""
    chances = np.array([probability(trial.trial.features, calibration) for trial in trials])
    right = np.array([trial.trial.right for trial in trials])
    answerable = np.array([trial.kind == "asked" for trial in trials])
    weights = natural_weights([trial.trial for trial in trials])
    settings = load_settings()
    strong = chances >= settings.strong_from
    print(
        f"{name}: {len(trials)} trials, AUROC {auroc(chances, answerable):.3f} (answerable), "
        f"{auroc(chances, right):.3f} (right), calibration error "
        f"{expected_calibration_error(chances, right, weights=weights):.3f}, answered at 5 % risk "
        f"{risk_coverage(chances, right).coverage_at(0.05):.3f}, strong {strong.sum()} of which "
        f"right {right[strong].mean() if strong.any() else 0:.3f} ({(strong & right).sum()} of "
        f"{right.sum()} right ones), abstained on "
        f"{(chances[answerable] < settings.abstain_below).mean():.3f} of the answerable and "
        f"{(chances[~answerable] < settings.abstain_below).mean():.3f} of the others"
    )
    bins = reliability_bins(chances, right, weights=weights)
    print("  confidence  " + "".join(f"{group.probability:7.2f}" for group in bins))
    print("  right       " + "".join(f"{group.right:7.2f}" for group in bins))


def _trials(
    chatbot: Chatbot, name: str, qrels: str, *, article: Callable[[str], str] | None = None
) -> Iterator[KindTrial]:
    entries = _entries(name)
    for question_id, judgments in load_qrels(EVALUATION / name / qrels).items():
        entry = entries[question_id]
        if not entry.get("metadata", {}).get("answerable", True):
            continue
        question = Question(question_id, entry["text"], tuple(judgments))
        yield KindTrial(question_id, "asked", trial(chatbot, question))
        unjudged = Question(question_id, entry["text"])
        outs = {"article out": _in_articles({*question.grades}, article)}
        if article:
            outs["paragraph out"] = question.grades.__contains__
        for kind, excluded in outs.items():
            yield KindTrial(question_id, kind, trial(chatbot, unjudged, excluded=excluded))


def _in_articles(doc_ids: set[str], article: Callable[[str], str] | None) -> Callable[[str], bool]:
    """Tests whether a document is in the same article as one of these, or is one of these."""
    if article is None:
        return doc_ids.__contains__
    articles = {article(doc_id) for doc_id in doc_ids}
    return lambda doc_id: article(doc_id) in articles


def _near_misses(chatbot: Chatbot) -> Iterator[KindTrial]:
    for question_id, entry in _entries("squad20_sample").items():
        if not entry["metadata"]["answerable"]:
            question = Question(question_id, entry["text"])
            yield KindTrial(question_id, "near", trial(chatbot, question))


def _entries(name: str) -> Mapping[str, dict[str, Any]]:
    lines = (EVALUATION / name / "queries.jsonl").read_text("utf-8").splitlines()
    return {entry["_id"]: entry for entry in map(json.loads, lines)}


def _article(doc_id: str) -> str:
    return doc_id.rsplit("#", 1)[0]


def _in_half(trial: KindTrial) -> bool:
    return hashlib.sha256(trial.question_id.encode()).digest()[0] % 2 == 0


def _kinds(trials: Iterable[KindTrial], *kinds: str) -> list[KindTrial]:
    return [trial for trial in trials if trial.kind in kinds]


if __name__ == "__main__":
    main()
