"""Measures of a run against judgments, as the field's reference tools compute them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ir_measures

from chatbot.errors import UsageError
from chatbot.evaluation.question_set import Question

DEFAULT: Final = ("nDCG@10", "RR@10", "R@100", "Success@1", "Success@5")

_MEANINGS: Final = {
    "nDCG": "How near the top the judged documents stand, those of a better grade counting more; "
    "1 is the best order possible (Järvelin and Kekäläinen, 2002).",
    "RR": "One divided by the rank of the first judged document: 1 if it comes first, 0.5 if "
    "second, 0 if it is missed.",
    "AP": "The mean, over the judged documents, of the share of judged ones down to its rank.",
    "P": "The share of the documents looked at that is judged to answer.",
    "R": "The share of the judged documents that is found.",
    "Success": "The share of questions for which at least one judged document is found.",
}

# For each question, its documents with scores, best first.
Run = Mapping[str, Sequence[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Measures by name: `mean` over the questions, `each` for every one by its id.

    What the reference tools add up instead, such as `NumRet`, is a sum in `mean`.
    """

    mean: dict[str, float]
    each: dict[str, dict[str, float]]

    def of(self, question_id: str) -> dict[str, float]:
        """What one question scores; nothing where it was not measured."""
        return {name: of[question_id] for name, of in self.each.items() if question_id in of}


def measure(run: Run, questions: Sequence[Question], names: Sequence[str] = DEFAULT) -> Measured:
    """Each measure over the answerable questions; one without results counts 0.

    Raises UsageError for a measure that there is not, or that can't be computed here.
    """
    judged = [question for question in questions if question.answerable]
    measures = _parse(names)
    try:
        return _calculate(run, judged, measures)
    # The tools behind ir-measures fail in ways of their own on parameters that they can't use.
    except Exception as failure:
        raise UsageError(
            f"{' '.join(names)} can't be computed here ({type(failure).__name__}: {failure}). "
            f"Choose measures such as {', '.join(DEFAULT)}."
        ) from failure


def check_measures(names: Sequence[str], questions: Sequence[Question]) -> None:
    """That each of these can be computed here on these judgments. Raises UsageError."""
    unjudged = ("", 0.0)
    tried = {
        each.question_id: [*((doc_id, 1.0) for doc_id in each.grades), unjudged]
        for each in questions
    }
    for name in names:
        measure(tried, questions, [name])


def meaning(name: str) -> str:
    """What a measure says, in a sentence. Raises UsageError for one that there is not."""
    parsed = _parse([name])[name]
    words = _MEANINGS.get(parsed.NAME) or f"{parsed.PRETTY_NAME}: {parsed.SHORT_DESC.rstrip('.')}."
    match parsed.params.get("cutoff"):
        case None:
            return words
        case 1:
            return f"{words} Only the first document counts."
        case depth:
            return f"{words} The first {depth:,} documents count."


def _parse(names: Sequence[str]) -> dict[str, ir_measures.Measure]:
    found = {}
    for name in names:
        try:
            parsed = ir_measures.parse_measure(name)
            parsed.validate_params()
        except (ValueError, NameError, TypeError, AssertionError, SyntaxError) as failure:
            raise _no_measure(name) from failure
        depth = parsed.params.get("cutoff", 1)
        # Of itself, trec_eval ends the process at a depth of 0.
        if isinstance(depth, bool) or depth < 1:
            raise _no_measure(name)
        if not ir_measures.DefaultPipeline.supports(parsed):
            raise _not_installed(name, parsed)
        found[name] = parsed
    return found


def _no_measure(name: str) -> UsageError:
    return UsageError(f"There is no measure {name!r}. Choose one such as {', '.join(DEFAULT)}.")


def _not_installed(name: str, parsed: ir_measures.Measure) -> UsageError:
    tools = [each.NAME for each in ir_measures.providers.registry.values() if each.supports(parsed)]
    if not tools:
        return _no_measure(name)
    return UsageError(
        f"The measure {name} needs {' or '.join(tools)}, which is not installed. Install it, or "
        f"choose one such as {', '.join(DEFAULT)}."
    )


def _calculate(
    run: Run, judged: Sequence[Question], measures: Mapping[str, ir_measures.Measure]
) -> Measured:
    """Under names of our own: not every tool takes white space in an id."""
    qrels, scored = [], []
    for number, question in enumerate(judged):
        names: dict[str, str] = {}
        for doc_id, grade in question.grades.items():
            alias = names.setdefault(doc_id, f"d{len(names)}")
            qrels.append(ir_measures.Qrel(str(number), alias, grade))
        for place, (doc_id, _) in enumerate(run.get(question.question_id, ())):
            alias = names.setdefault(doc_id, f"d{len(names)}")
            # The order is the ranking: reference tools would break ties of the scores by name.
            scored.append(ir_measures.ScoredDoc(str(number), alias, -place))
    if not judged:
        return Measured(dict.fromkeys(measures, 0.0), {name: {} for name in measures})
    means, values = ir_measures.calc([*measures.values()], qrels, scored)
    by_measure: dict[ir_measures.Measure, dict[str, float]] = {each: {} for each in means}
    for found in values:
        by_measure[found.measure][judged[int(found.query_id)].question_id] = float(found.value)
    return Measured(
        mean={name: float(means[parsed]) for name, parsed in measures.items()},
        each={name: by_measure[parsed] for name, parsed in measures.items()},
    )
