"""`chatbot evaluate`: measure a question set, compare runs, calibrate, and trace a document."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from chatbot.cli.measure import measure
from chatbot.cli.options import AsJson, Index
from chatbot.errors import UsageError

_OLD_FORM: Final = "old-form"


class _EvaluateGroup(TyperGroup):
    """Runs the old form without a subcommand, `chatbot evaluate QUESTIONS`, as a hidden command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = [_OLD_FORM, *args]
        return super().parse_args(ctx, args)


commands = typer.Typer(
    cls=_EvaluateGroup,
    help="Measure the chatbot on a question set.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Questions = Annotated[Path, typer.Argument(help="BEIR folder, or a .jsonl file of questions.")]
Measures = Annotated[str | None, typer.Option(help='Measures, such as "nDCG@10 Success@3".')]
RunOut = Annotated[
    Path | None, typer.Option(help="Write the run in TREC format, or as JSON if it ends in .json.")
]
Report = Annotated[Path | None, typer.Option(help="Write an HTML report.")]
FailUnder = Annotated[
    list[str] | None, typer.Option(help="MEASURE=X: exit with code 3 if it is lower.")
]
Url = Annotated[
    str | None, typer.Option(help="Ask the server at this address instead of an index.")
]
FailOnRegression = Annotated[
    bool,
    typer.Option(
        "--fail-on-regression", help="Exit with code 3 if the first measure is significantly worse."
    ),
]


@commands.command(
    epilog="Example: chatbot evaluate run questions.jsonl --fail-under nDCG@10=0.7",
)
def run(
    questions: Questions,
    index: Index = None,
    url: Url = None,
    measures: Measures = None,
    run_out: RunOut = None,
    report: Report = None,
    fail_under: FailUnder = None,
    as_json: AsJson = False,
) -> None:
    """Ask every question and measure the answers."""
    measure(
        questions,
        index=index,
        url=url,
        measures=measures,
        run_out=run_out,
        report=report,
        fail_under=fail_under,
        as_json=as_json,
    )


@commands.command(
    epilog="Example: chatbot evaluate compare questions.jsonl base.json --fail-on-regression",
)
def compare(
    questions: Questions,
    baseline: Annotated[Path, typer.Argument(help="Earlier run, in TREC format or JSON.")],
    index: Index = None,
    url: Url = None,
    measures: Measures = None,
    run_out: RunOut = None,
    report: Report = None,
    fail_under: FailUnder = None,
    fail_on_regression: FailOnRegression = False,
    as_json: AsJson = False,
) -> None:
    """Measure the answers and compare them with an earlier run."""
    measure(
        questions,
        index=index,
        url=url,
        measures=measures,
        run_out=run_out,
        baseline=baseline,
        report=report,
        fail_under=fail_under,
        fail_on_regression=fail_on_regression,
        as_json=as_json,
    )


@commands.command(epilog="Example: chatbot evaluate calibrate questions.jsonl --index idx")
def calibrate(questions: Questions, index: Index = None, as_json: AsJson = False) -> None:
    """Fit the confidence to a question set and save it in chatbot.toml."""
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.cli.evaluation_output import show_refit
    from chatbot.cli.progress import progress_bar
    from chatbot.evaluation.calibration import recalibrate, refit_settings
    from chatbot.evaluation.question_set import load_question_set
    from chatbot.settings import keep_settings, load_settings

    settings = load_settings(index=index)
    question_set = load_question_set(questions)
    with (
        Chatbot.open(settings=settings) as chatbot,
        progress_bar("asking", len(question_set)) as advance,
    ):
        refit = recalibrate(chatbot, question_set, advance=advance)
    keep_settings(refit_settings(refit))
    console.show(refit, show_refit, as_json=as_json)


@commands.command(epilog="Example: chatbot evaluate why questions.jsonl arms.md --index idx")
def why(
    questions: Questions,
    doc_id: Annotated[
        str, typer.Argument(help="Id of a document that answers some of the questions.")
    ],
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Show a document's rank at each stage."""
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.cli.evaluation_output import show_standings
    from chatbot.cli.progress import progress_bar
    from chatbot.evaluation.question_set import load_question_set
    from chatbot.evaluation.why import questions_judging
    from chatbot.evaluation.why import why as standings_of
    from chatbot.settings import load_settings

    settings = load_settings(index=index)
    judging = questions_judging(load_question_set(questions), doc_id)
    with (
        Chatbot.open(settings=settings) as chatbot,
        progress_bar("asking", len(judging)) as advance,
    ):
        standings = standings_of(chatbot, judging, doc_id, advance=advance)
    console.show(standings, show_standings, as_json=as_json)


@commands.command(_OLD_FORM, hidden=True)
def old_form(
    questions: Questions,
    index: Index = None,
    measures: Measures = None,
    run_out: RunOut = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Earlier run, in TREC format or JSON.")
    ] = None,
    report: Report = None,
    fail_under: FailUnder = None,
    fail_on_regression: FailOnRegression = False,
    why_document: Annotated[
        str | None, typer.Option("--why", help="DOC_ID: show only its ranks.")
    ] = None,
    calibrate_only: Annotated[
        bool, typer.Option("--calibrate", help="Only fit the confidence.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run the old form without a subcommand, in which options select the action."""
    measuring = measures or run_out or baseline or report or fail_under or fail_on_regression
    if (why_document or calibrate_only) and (measuring or (why_document and calibrate_only)):
        raise UsageError(
            "--why and --calibrate can't be combined with other options. Use one at a time."
        )
    if calibrate_only:
        _hint("calibrate", questions)
        calibrate(questions, index, as_json)
    elif why_document:
        _hint("why", questions, why_document)
        why(questions, why_document, index, as_json)
    else:
        _hint(*(("compare", questions, baseline) if baseline else ("run", questions)))
        measure(
            questions,
            index=index,
            measures=measures,
            run_out=run_out,
            baseline=baseline,
            report=report,
            fail_under=fail_under,
            fail_on_regression=fail_on_regression,
            as_json=as_json,
        )


def _hint(*words: str | Path) -> None:
    command = shlex.join(["chatbot", "evaluate", *map(str, words)])
    print(f"Hint: this form still works, but the new one is: {command}", file=sys.stderr)
