"""Prints evaluations, calibrations and standings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatbot.cli.console import err, out, show_rows

if TYPE_CHECKING:
    from chatbot.evaluation.calibration import Refit
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
    constants = (calibration.intercept, calibration.score, calibration.word_match)
    show_rows(
        ("trials", f"{refit.trials:,}"),
        ("AUROC", f"{before.auroc:.4f} before, {after.auroc:.4f} after"),
        ("calibration error", error),
        ("constants", ", ".join(f"{constant:.3f}" for constant in constants)),
        ("strong from", "never" if refit.strong_from is None else f"{refit.strong_from:.3f}"),
    )
    out.print("Saved in chatbot.toml; remove the lines there to go back.")


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
