"""Measures of a run against judgments, computed by the reference tools behind ir-measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ir_measures

from chatbot.errors import UsageError
from chatbot.evaluation.question_set import Question

DEFAULT: Final = ("nDCG@10", "RR@10", "R@100", "Success@1", "Success@5")

_DESCRIPTIONS: Final = {
    "nDCG": "How near the top the relevant documents are; higher grades count more, and 1 is the "
    "best possible order (Järvelin and Kekäläinen, 2002).",
    "RR": "One divided by the rank of the first relevant document: 1 if it comes first, 0.5 if it "
    "comes second, 0 if it isn't found.",
    "AP": "The mean, over the relevant documents, of the precision at their ranks.",
    "P": "The share of relevant documents among those found.",
    "R": "The share of the relevant documents that were found.",
    "Success": "The share of questions with at least one relevant document found.",
}

# The documents of each question with their scores, best first, by question id.
RankedRun = Mapping[str, Sequence[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """Measures by name: `mean` over the questions, and `per_question` by question id.

    For measures that the reference tools add up, such as `NumRet`, `mean` is the sum.
    """

    mean: dict[str, float]
    per_question: dict[str, dict[str, float]]

    def of(self, question_id: str) -> dict[str, float]:
        """The measures of one question; empty if it wasn't measured."""
        return {
            name: values[question_id]
            for name, values in self.per_question.items()
            if question_id in values
        }


def measure(
    run: RankedRun, questions: Sequence[Question], names: Sequence[str] = DEFAULT
) -> MeasuredRun:
    """Measure a run over the answerable questions; a question without results counts 0.

    Raises UsageError for an unknown measure, or one that can't be computed here.
    """
    judged = [question for question in questions if question.answerable]
    measures = _parse(names)
    try:
        return _calculate(run, judged, measures)
    # The tools behind ir-measures raise errors of any type for unsupported parameters.
    except Exception as failure:
        raise UsageError(
            f"{' '.join(names)} can't be computed here ({type(failure).__name__}: {failure}). "
            f"Choose measures such as {', '.join(DEFAULT)}."
        ) from failure


def check_measures(names: Sequence[str], questions: Sequence[Question]) -> None:
    """Check that these measures can be computed on these judgments. Raises UsageError."""
    unjudged = ("", 0.0)
    trial_run = {
        question.question_id: [*((doc_id, 1.0) for doc_id in question.grades), unjudged]
        for question in questions
    }
    for name in names:
        measure(trial_run, questions, [name])


def describe(name: str) -> str:
    """Describe a measure in a sentence. Raises UsageError for an unknown one."""
    parsed = _parse([name])[name]
    description = (
        _DESCRIPTIONS.get(parsed.NAME) or f"{parsed.PRETTY_NAME}: {parsed.SHORT_DESC.rstrip('.')}."
    )
    match parsed.params.get("cutoff"):
        case None:
            return description
        case 1:
            return f"{description} Only the first document counts."
        case depth:
            return f"{description} The first {depth:,} documents count."


def _parse(names: Sequence[str]) -> dict[str, ir_measures.Measure]:
    measures = {}
    for name in names:
        try:
            parsed = ir_measures.parse_measure(name)
            parsed.validate_params()
        except (ValueError, NameError, TypeError, AssertionError, SyntaxError) as failure:
            raise _unknown_measure(name) from failure
        depth = parsed.params.get("cutoff", 1)
        # trec_eval ends the process at a depth of 0.
        if isinstance(depth, bool) or depth < 1:
            raise _unknown_measure(name)
        if not ir_measures.DefaultPipeline.supports(parsed):
            raise _not_installed(name, parsed)
        measures[name] = parsed
    return measures


def _unknown_measure(name: str) -> UsageError:
    return UsageError(f"There is no measure {name!r}. Choose one such as {', '.join(DEFAULT)}.")


def _not_installed(name: str, parsed: ir_measures.Measure) -> UsageError:
    providers = ir_measures.providers.registry.values()
    tools = [provider.NAME for provider in providers if provider.supports(parsed)]
    if not tools:
        return _unknown_measure(name)
    return UsageError(
        f"The measure {name} needs {' or '.join(tools)}, which is not installed. Install it, or "
        f"choose one such as {', '.join(DEFAULT)}."
    )


def _calculate(
    run: RankedRun, judged: Sequence[Question], measures: Mapping[str, ir_measures.Measure]
) -> MeasuredRun:
    """Compute the measures under short ids, because some tools refuse white space in an id."""
    qrels, scored = [], []
    for number, question in enumerate(judged):
        names: dict[str, str] = {}
        for doc_id, grade in question.grades.items():
            alias = names.setdefault(doc_id, f"d{len(names)}")
            qrels.append(ir_measures.Qrel(str(number), alias, grade))
        for position, (doc_id, _) in enumerate(run.get(question.question_id, ())):
            alias = names.setdefault(doc_id, f"d{len(names)}")
            # The position replaces the score, because the tools order equal scores by id.
            scored.append(ir_measures.ScoredDoc(str(number), alias, -position))
    if not judged:
        return MeasuredRun(dict.fromkeys(measures, 0.0), {name: {} for name in measures})
    means, values = ir_measures.calc([*measures.values()], qrels, scored)
    by_measure: dict[ir_measures.Measure, dict[str, float]] = {name: {} for name in means}
    for value in values:
        by_measure[value.measure][judged[int(value.query_id)].question_id] = float(value.value)
    return MeasuredRun(
        mean={name: float(means[parsed]) for name, parsed in measures.items()},
        per_question={name: by_measure[parsed] for name, parsed in measures.items()},
    )
