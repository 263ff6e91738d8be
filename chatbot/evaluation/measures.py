"""Measures of a run against judgments, as the field's reference tools compute them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import ir_measures

from chatbot.errors import UsageError
from chatbot.evaluation.question_set import Question

DEFAULT: Final = ("nDCG@10", "RR@10", "R@100", "Success@1", "Success@5")

# Those that every installation of the tools computes, with depths that they take: trec_eval
# ends the process at a depth of 0.
_FORM: Final = re.compile(r"(P|R|Success)@[1-9]\d{0,3}|(nDCG|RR|AP)(@[1-9]\d{0,3})?")

# For each question, its documents with scores, best first.
Run = Mapping[str, Sequence[tuple[str, float]]]


def measure(
    run: Run, questions: Sequence[Question], names: Sequence[str] = DEFAULT
) -> dict[str, float]:
    """The mean of each measure over the answerable questions; one without results counts 0.

    Raises UsageError for a measure that there is not.
    """
    measures = parse_measures(names)
    judged = [question for question in questions if question.answerable]
    qrels = [
        ir_measures.Qrel(question.question_id, doc_id, grade)
        for question in judged
        for doc_id, grade in question.grades.items()
    ]
    scored = [
        # The order is the ranking: reference tools would break ties of the scores by name.
        ir_measures.ScoredDoc(question.question_id, doc_id, -place)
        for question in judged
        for place, (doc_id, _) in enumerate(run.get(question.question_id, ()))
    ]
    found = ir_measures.calc_aggregate(measures, qrels, scored) if qrels else {}
    return {
        name: float(found.get(measure, 0.0)) for name, measure in zip(names, measures, strict=True)
    }


def parse_measures(names: Sequence[str]) -> list[ir_measures.Measure]:
    """The measures with these names. Raises UsageError for one that there is not."""
    for name in names:
        if not _FORM.fullmatch(name):
            raise UsageError(
                f"There is no measure {name!r}. Choose one such as {', '.join(DEFAULT)}."
            )
    return [ir_measures.parse_measure(name) for name in names]
