"""The command line: parse, call one function, print.

Results go to standard output, progress and problems to standard error. Exit codes: 0 done, 1 an
error that the user can act on, 2 wrong usage, 3 a gate that failed.
"""

from __future__ import annotations

import io
import logging
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from chatbot.cli.feedback_commands import commands as feedback
from chatbot.errors import ChatbotError, GateFailed, UsageError
from chatbot.interrupts import resend_lost_interrupt

if TYPE_CHECKING:
    from chatbot.evaluation.question_set import Question
    from chatbot.settings import Settings


class _Commands(TyperGroup):
    """Ends at an interrupt or a closed pipe as shells expect, before typer ends in its own way."""

    def invoke(self, ctx: Any) -> Any:
        try:
            super().invoke(ctx)
            print(end="", flush=True)
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            raise typer.Exit(130) from None
        except BrokenPipeError:
            from chatbot.cli.console import unheard

            unheard()


app = typer.Typer(
    cls=_Commands,
    help="Ask your own documents; every answer is a passage with a citation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Index = Annotated[Path | None, typer.Option(help="Folder that holds the builds.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Example: chatbot build --corpus docs --index idx")
def build(
    corpus: Annotated[Path | None, typer.Option(help="Folder, or a .jsonl of documents.")] = None,
    index: Index = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Carry nothing over.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back one build.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if files are skipped.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Build again at each change.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the index up to date with the corpus."""
    from chatbot.cli import console
    from chatbot.index.layout import roll_back
    from chatbot.index.manifest import check_whole
    from chatbot.ingestion.build_index import build_index
    from chatbot.ingestion.watch import changes
    from chatbot.settings import load_settings

    settings = load_settings(corpus=corpus, index=index)
    if rollback:
        console.show(roll_back(settings.index, check=check_whole), print, as_json=as_json)
        return
    report = build_index(settings, fresh=fresh, progress=console.BuildProgress())
    console.show(report, console.show_build, as_json=as_json)
    if watch:
        for _ in changes(settings):
            try:
                report = build_index(settings)
            except ChatbotError as problem:
                # What is wrong for a moment, such as an empty folder, must not end the watch.
                print(problem, file=sys.stderr)
            else:
                if report.published:
                    console.show(report, console.show_build, as_json=as_json)
    if strict and (report.skipped or report.parts):
        raise typer.Exit(1)


@app.command(epilog='Example: chatbot ask "Which air defence system did Russia sell?" --top-k 3')
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    index: Index = None,
    top_k: Annotated[int | None, typer.Option(help="Documents to show.")] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="KEY=VALUE: document, tag, source, language, date_from…"),
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Show how each passage was found.")] = False,
    why_not: Annotated[
        str | None, typer.Option(help="DOC_ID: only show where this document stood.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer one question with passages and citations."""
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.settings import load_settings

    wanted = parse_filters(filters or [])
    with Chatbot.open(settings=load_settings(index=index)) as chatbot:
        if why_not:
            from chatbot.evaluation.why import why_not as stood

            place = stood(chatbot, question, why_not, filters=wanted, top_k=top_k)
            console.show(place, console.show_standing, as_json=as_json)
            return
        answer = chatbot.ask(question, filters=wanted, top_k=top_k)
    console.show(answer, partial(console.show_answer, why=why), as_json=as_json)


@app.command(epilog="Example: chatbot serve --index idx --port 8080")
def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address to serve on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on; 0 takes a free one.")] = None,
) -> None:
    """Serve the chat and the HTTP API."""
    from chatbot.settings import load_settings
    from chatbot.web.server import run_server

    run_server(load_settings(index=index, host=host, port=port))


@app.command(epilog="Example: chatbot evaluate questions.jsonl --fail-under nDCG@10=0.7")
def evaluate(
    questions: Annotated[Path, typer.Argument(help="BEIR folder, or questions as JSONL.")],
    index: Index = None,
    measures: Annotated[str | None, typer.Option(help='Such as "nDCG@10 Success@3".')] = None,
    run_out: Annotated[
        Path | None, typer.Option(help="Write the run in TREC form; as JSON if it ends in .json.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="A run to compare with, in either form.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write a page to read, in HTML.")] = None,
    fail_under: Annotated[
        list[str] | None, typer.Option(help="MEASURE=X: exit 3 if it is lower.")
    ] = None,
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Exit 3 if the baseline is better.")
    ] = False,
    why: Annotated[
        str | None, typer.Option(help="DOC_ID: only show where this document stood.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Only fit the confidence; keeps it in settings.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure the chatbot on a fixed question set."""
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.evaluation.measures import DEFAULT
    from chatbot.evaluation.output_files import check_writable, write
    from chatbot.evaluation.quality_gate import failures, parse_bar
    from chatbot.evaluation.question_set import load_question_set
    from chatbot.evaluation.result import as_run
    from chatbot.evaluation.run_files import read_run, run_text
    from chatbot.evaluation.run_questions import evaluate as run
    from chatbot.evaluation.why import judging
    from chatbot.evaluation.why import why as stood
    from chatbot.settings import load_settings

    settings = load_settings(index=index)
    asked = load_question_set(questions)
    measuring = measures or run_out or baseline or report or fail_under or fail_on_regression
    if (why or calibrate) and (measuring or (why and calibrate)):
        raise UsageError("--why and --calibrate do only that. Measure without them.")
    if calibrate:
        _calibrate(settings, asked, as_json=as_json)
        return
    if why:
        asked = judging(asked, why)
        with (
            Chatbot.open(settings=settings) as chatbot,
            console.counted("asking", len(asked)) as advance,
        ):
            places = stood(chatbot, asked, why, advance=advance)
        console.show(places, console.show_standings, as_json=as_json)
        return
    if fail_on_regression and not baseline:
        raise UsageError("--fail-on-regression needs a run to compare with. Add --baseline FILE.")
    bars = dict(map(parse_bar, fail_under or []))
    names = list(dict.fromkeys([*((measures or "").split() or DEFAULT), *bars]))
    before = read_run(baseline, asked) if baseline else None
    if run_out:
        check_writable(run_out, "--run-out")
    if report:
        check_writable(report, "--report")
    with (
        Chatbot.open(settings=settings) as chatbot,
        console.counted("asking", len(asked)) as advance,
    ):
        found = run(chatbot, asked, measures=names, baseline=before, advance=advance)
    missed = failures(found, bars, regression=fail_on_regression)
    if run_out:
        write(run_out, run_text(as_run(found.outcomes, found.circumstances), run_out), "--run-out")
    if report:
        from chatbot.evaluation.report import report_page

        command = shlex.join(["chatbot", *sys.argv[1:]])
        page = report_page(found, questions=questions.name, command=command, missed=missed)
        write(report, page, "--report")
    console.show(found, console.show_evaluation, as_json=as_json)
    if missed:
        raise GateFailed("; ".join(missed) + ".")


def _calibrate(settings: Settings, asked: Sequence[Question], *, as_json: bool) -> None:
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.evaluation.calibration import recalibrate, settings_of
    from chatbot.settings import keep_settings

    with (
        Chatbot.open(settings=settings) as chatbot,
        console.counted("asking", len(asked)) as advance,
    ):
        refit = recalibrate(chatbot, asked, advance=advance)
    keep_settings(settings_of(refit))
    console.show(refit, console.show_refit, as_json=as_json)


@app.command(epilog="Example: chatbot info --index idx --json")
def info(index: Index = None, as_json: AsJson = False) -> None:
    """Say what is indexed, and what was skipped and why."""
    from chatbot.cli import console
    from chatbot.index.layout import current
    from chatbot.index.manifest import read_manifest
    from chatbot.settings import load_settings

    manifest = read_manifest(current(load_settings(index=index).index))
    console.show(manifest, console.show_manifest, as_json=as_json)


@app.command(epilog="Example: chatbot doctor --index idx")
def doctor(index: Index = None, as_json: AsJson = False) -> None:
    """Check every part, from the model to the last quote."""
    from chatbot.cli import console
    from chatbot.doctor import examine
    from chatbot.settings import load_settings

    checks = examine(load_settings(index=index))
    console.show(checks, console.show_checks, as_json=as_json)
    if any(check.outcome == "failed" for check in checks):
        raise typer.Exit(1)


app.add_typer(feedback, name="feedback")


def parse_filters(pairs: list[str]) -> dict[str, Any]:
    """`["tag=arms", "tag=trade", "date_to=2020"]` as `{"tag": ["arms", "trade"], ...}`.

    Raises UsageError.
    """
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (equals and value):
            raise UsageError(f"The filter {pair!r} is not KEY=VALUE, such as tag=arms.")
        if name.startswith("date_"):
            if name in found:
                raise UsageError(f"There are two filters {name}. Give one.")
            found[name] = value
        else:
            found.setdefault(name, []).append(value)
    return found


def main() -> None:
    """The `chatbot` command."""
    sys.unraisablehook = resend_lost_interrupt
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Documents have characters that not every terminal or pipe can take.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except ChatbotError as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_code)
