"""Fit the constants of `chatbot/retrieval/confidence.py` and say how well they do.

    python -m tests.benchmarks.fit_confidence

Each question of squad20_sample (one half of them) and of scifact's train split is asked three
times: as it is; with its document taken out of the index; and, for squad20_sample, with only the
paragraph taken out and the rest of its article left. The answer is there in the first case, if a
card shows it, and in no other. The report is on the other half and on scifact's test split.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import load_qrels
from chatbot.index.build import Allowed, Build
from chatbot.retrieval.confidence import Features
from chatbot.retrieval.conversation import Interpretation
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trial:
    """A question asked of an index: what retrieval saw, and whether the answer was shown."""

    question_id: str
    kind: str
    seen: Features
    right: bool


def main() -> None:
    """Print the constants and the report."""
    squad = open_set("squad20_sample")
    trials = list(_trials(squad, "squad20_sample", "qrels.tsv", article=_article))
    near = list(_near_misses(squad))
    scifact = open_set("scifact")
    train = list(_trials(scifact, "scifact", "qrels/train.tsv", article=None))
    test = list(_trials(scifact, "scifact", "qrels/test.tsv", article=None))
    fitted_on = [t for t in trials if _half(t.question_id)]
    held_out = [t for t in trials if not _half(t.question_id)]
    weights = fit([*fitted_on, *train], [1.0] * len(fitted_on) + [_SCIFACT] * len(train))
    print(f"_INTERCEPT: Final = {weights[0]:.2f}")
    named = zip(Features.__dataclass_fields__, weights[1:], strict=True)
    print(f"_COEFFICIENTS: Final = Features({', '.join(f'{n}={w:.2f}' for n, w in named)})")
    report("squad20_sample, article out", weights, _kinds(held_out, "asked", "article out"))
    report("squad20_sample, paragraph out", weights, _kinds(held_out, "asked", "paragraph out"))
    asked = _kinds(held_out, "asked")
    report("squad20_sample, near misses", weights, [*asked, *near])
    report("scifact test, document out", weights, _kinds(test, "asked", "article out"))


# Questions of scifact weigh less, so that both sets count alike.
_SCIFACT = 0.35


def fit(trials: list[Trial], weights: list[float]) -> Floats:
    """The intercept and coefficients of a logistic regression."""
    inputs = np.array([[1.0, *astuple(trial.seen)] for trial in trials])
    signs = np.array([1.0 if trial.right else -1.0 for trial in trials])
    scale = np.array(weights)

    def loss(parameters: Floats) -> float:
        return float((scale * np.logaddexp(0, -signs * (inputs @ parameters))).sum())

    found: Floats = minimize(loss, np.zeros(inputs.shape[1]), method="BFGS").x
    return found


def report(name: str, weights: Floats, trials: list[Trial]) -> None:
    """AUROC, calibration and what the verdicts are worth, a line a set."""
    inputs = np.array([[1.0, *astuple(trial.seen)] for trial in trials])
    chances = 1 / (1 + np.exp(-(inputs @ weights)))
    right = np.array([trial.right for trial in trials])
    there = np.array([trial.kind == "asked" for trial in trials])
    strong = chances >= 0.9
    print(
        f"{name}: {len(trials)} trials, AUROC {auroc(chances, there):.3f} (there or not), "
        f"{auroc(chances, right):.3f} (shown or not), "
        f"calibration error {calibration_error(chances, right):.3f}, "
        f"strong {strong.sum()} of which right {right[strong].mean() if strong.any() else 0:.3f}, "
        f"abstained on {(chances[there] < 0.15).mean():.3f} of those there "
        f"and {(chances[~there] < 0.15).mean():.3f} of the others"
    )


def auroc(scores: Floats, positive: NDArray[np.bool_]) -> float:
    """The chance that a positive scores above a negative (Mann and Whitney, 1947)."""
    above, below = scores[positive][:, None], scores[~positive][None, :]
    return float((above > below).mean() + (above == below).mean() / 2)


def calibration_error(chances: Floats, right: NDArray[np.bool_], bins: int = 10) -> float:
    """How far the mean chance lies from the share that is right, over bins of equal width."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    gaps = [
        abs(chances[place == each].mean() - right[place == each].mean()) * (place == each).mean()
        for each in range(bins)
        if (place == each).any()
    ]
    return float(sum(gaps))


def _trials(
    chatbot: Chatbot, name: str, qrels: str, *, article: Callable[[str], str] | None
) -> Iterator[Trial]:
    questions = _questions(name)
    for question_id, judgments in load_qrels(EVALUATION / name / qrels).items():
        fields = questions[question_id]
        if not fields.get("metadata", {}).get("answerable", True):
            continue
        relevant = {judgment.doc_id for judgment in judgments}
        yield _trial(chatbot, question_id, fields["text"], "asked", relevant, without=None)
        gone = [("article out", _in_articles(relevant, article))]
        if article:
            gone.append(("paragraph out", relevant.__contains__))
        for kind, is_gone in gone:
            yield _trial(chatbot, question_id, fields["text"], kind, set(), without=is_gone)


def _in_articles(doc_ids: set[str], article: Callable[[str], str] | None) -> Callable[[str], bool]:
    """Whether a document belongs to an article that one of these does; alone without articles."""
    if article is None:
        return doc_ids.__contains__
    articles = {article(doc_id) for doc_id in doc_ids}
    return lambda doc_id: article(doc_id) in articles


def _near_misses(chatbot: Chatbot) -> Iterator[Trial]:
    for question_id, fields in _questions("squad20_sample").items():
        if not fields["metadata"]["answerable"]:
            yield _trial(chatbot, question_id, fields["text"], "near", set(), without=None)


def _trial(
    chatbot: Chatbot,
    question_id: str,
    text: str,
    kind: str,
    relevant: set[str],
    *,
    without: Callable[[str], bool] | None,
) -> Trial:
    retriever = chatbot.retriever()
    allowed = _remaining(chatbot.build, without) if without else None
    cards = retriever.rank(Interpretation(text), allowed=allowed).cards(chatbot.settings.top_k)
    seen = retriever.features(text, cards)
    right = any(card.doc_id in relevant for card in cards)
    return Trial(question_id, kind, seen, right)


def _remaining(build: Build, gone: Callable[[str], bool]) -> Allowed:
    return build.allowed_documents(
        [number for number, doc_id in enumerate(build.document_ids) if not gone(doc_id)]
    )


def _questions(name: str) -> Mapping[str, dict[str, Any]]:
    lines = (EVALUATION / name / "queries.jsonl").read_text("utf-8").splitlines()
    return {fields["_id"]: fields for fields in map(json.loads, lines)}


def _article(doc_id: str) -> str:
    return doc_id.rsplit("#", 1)[0]


def _half(question_id: str) -> bool:
    return hashlib.sha256(question_id.encode()).digest()[0] % 2 == 0


def _kinds(trials: list[Trial], *kinds: str) -> list[Trial]:
    return [trial for trial in trials if trial.kind in kinds]


if __name__ == "__main__":
    main()
