"""Measures a question set and writes the run and the report; used by `run` and `compare`."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.errors import GateFailed, UsageError

if TYPE_CHECKING:
    from chatbot.client import Client
    from chatbot.evaluation.result import Evaluation
    from chatbot.settings import Settings


def measure(
    questions: Path,
    *,
    index: Path | None,
    url: str | None = None,
    measures: str | None,
    run_out: Path | None,
    baseline: Path | None = None,
    report: Path | None,
    fail_under: Sequence[str] | None,
    fail_on_regression: bool = False,
    as_json: bool,
) -> None:
    """Measure, write the requested files, and print. Raises GateFailed after printing."""
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.cli.evaluation_output import show_evaluation
    from chatbot.cli.progress import progress_bar
    from chatbot.evaluation.measures import DEFAULT
    from chatbot.evaluation.output_files import check_writable
    from chatbot.evaluation.quality_gate import failures, parse_bar
    from chatbot.evaluation.question_set import load_question_set
    from chatbot.evaluation.run_files import read_run
    from chatbot.evaluation.run_questions import evaluate
    from chatbot.settings import load_settings

    if url and index:
        raise UsageError("--url and --index can't be combined. Leave one out.")
    settings = load_settings(index=index)
    question_set = load_question_set(questions)
    if fail_on_regression and not baseline:
        raise UsageError("--fail-on-regression needs a run to compare with. Add --baseline FILE.")
    bars = dict(map(parse_bar, fail_under or []))
    names = list(dict.fromkeys([*((measures or "").split() or DEFAULT), *bars]))
    earlier = read_run(baseline, question_set) if baseline else None
    if run_out:
        check_writable(run_out, "--run-out")
    if report:
        check_writable(report, "--report")
    with (
        _client(url, settings) if url else Chatbot.open(settings=settings) as chatbot,
        progress_bar("asking", len(question_set)) as advance,
    ):
        evaluation = evaluate(
            chatbot, question_set, measures=names, baseline=earlier, advance=advance
        )
    missed = failures(evaluation, bars, regression=fail_on_regression)
    _write_files(evaluation, questions.name, missed, run_out=run_out, report=report)
    console.show(evaluation, show_evaluation, as_json=as_json)
    if missed:
        raise GateFailed("; ".join(missed) + ".")


def _client(url: str, settings: Settings) -> Client:
    """The server at an address, with the token of the settings."""
    from chatbot.client import Client

    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} isn't an address. Use one such as https://chat.example.org.")
    return Client(url, token=settings.token.get_secret_value())


def _write_files(
    evaluation: Evaluation,
    questions: str,
    missed: Sequence[str],
    *,
    run_out: Path | None,
    report: Path | None,
) -> None:
    from chatbot.evaluation.output_files import write
    from chatbot.evaluation.report import report_page
    from chatbot.evaluation.result import as_run
    from chatbot.evaluation.run_files import run_text

    if run_out:
        saved = as_run(evaluation.outcomes, evaluation.circumstances)
        write(run_out, run_text(saved, run_out), "--run-out")
    if report:
        command = shlex.join(["chatbot", *sys.argv[1:]])
        page = report_page(evaluation, questions=questions, command=command, missed=missed)
        write(report, page, "--report")
