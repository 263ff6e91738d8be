"""Prints evaluations, calibrations and standings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING

from chatbot.cli.console import err, out, show_rows

if TYPE_CHECKING:
    from chatbot.evaluation.calibration import Refit
    from chatbot.evaluation.guarantee import Guarantee
    from chatbot.evaluation.result import Evaluation
    from chatbot.evaluation.why import QuestionStanding
    from chatbot.retrieval.standing import Standing


def show_evaluation(evaluation: Evaluation) -> None:
    """Print measures, abstention and speed, and how they compare with a baseline."""
    from chatbot.evaluation.summary import (
        change_rows,
        comparison_notes,
        difference_rows,
        summary,
        unknown_judgments,
    )

    show_rows(*((line.name, line.value) for line in summary(evaluation)))
    if evaluation.comparison:
        out.print()
        for note in comparison_notes(evaluation.comparison):
            out.print(note)
        show_rows(*difference_rows(evaluation.comparison))
        if changes := list(change_rows(evaluation)):
            out.print()
            show_rows(*changes)
    for sentence in unknown_judgments(evaluation):
        err.print(sentence, soft_wrap=True)


def show_refit(refit: Refit) -> None:
    """Print a new calibration and its quality before and after."""
    calibration, before, after = refit.calibration, refit.before, refit.after
    error = f"{before.calibration_error:.4f} before, {after.calibration_error:.4f} after"
    constants = astuple(calibration)
    show_rows(
        ("trials", f"{refit.trials:,}"),
        ("AUROC", f"{before.auroc:.4f} before, {after.auroc:.4f} after"),
        ("calibration error", error),
        ("constants", ", ".join(f"{constant:.3f}" for constant in constants)),
        ("strong from", f"{refit.guarantee.strong_from:.3f}" if refit.guarantee else "never"),
    )
    out.print(_proof(refit.guarantee))
    out.print("Saved in chatbot.toml. To undo this, remove these lines.")


def _proof(guarantee: Guarantee | None) -> str:
    """What held-out questions guarantee about strong answers, in a sentence."""
    from chatbot.evaluation.guarantee import answers_needed

    if guarantee is None:
        return "No confidence is high enough for strong answers: too many are wrong."
    if not guarantee.answers:
        return "No held-out answer has this confidence. Add questions to test the guarantee."
    found = (
        f"Of {guarantee.answers:,} held-out strong answers, {guarantee.wrong:,} "
        f"{'was' if guarantee.wrong == 1 else 'were'} wrong"
    )
    if guarantee.holds:
        return f"{found}: at most 1 in 20 is wrong, with 95 % confidence."
    return (
        f"{found}. To guarantee at most 1 in 20, {answers_needed()} right ones are needed, or "
        f"more if some are wrong."
    )


def show_standings(standings: Sequence[QuestionStanding]) -> None:
    """Print the standing of a document, one line per question."""
    from chatbot.evaluation.summary import standing_rows

    header, *rows = standing_rows([(entry.question_id, entry.standing) for entry in standings])
    questions = (entry.question for entry in standings)
    show_rows(
        (*header, "asked"),
        *((*row, question) for row, question in zip(rows, questions, strict=True)),
    )


def show_standing(standing: Standing) -> None:
    """Print the standing of a document for one question, one line per stage."""
    from chatbot.evaluation.summary import standing_rows

    (_, *stages), (_, *ranks) = standing_rows([("", standing)])
    show_rows(*zip(["document", *stages], [standing.doc_id, *ranks], strict=True))
