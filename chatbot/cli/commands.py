"""The `chatbot` command.

Results go to standard output, progress and problems to standard error. Exit codes: 0 done, 1 an
error that the user can act on, 2 wrong usage, 3 a gate that failed.
"""

from __future__ import annotations

import errno
import io
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from chatbot.cli.access_commands import tokens, users
from chatbot.cli.backup_commands import backup, restore
from chatbot.cli.copy_command import copy
from chatbot.cli.evaluate_commands import commands as evaluate
from chatbot.cli.feedback_commands import commands as feedback
from chatbot.cli.model_commands import commands as model
from chatbot.cli.options import AsJson, Index, parse_filters
from chatbot.cli.rights_commands import commands as access
from chatbot.errors import ChatbotError, StorageError
from chatbot.interrupts import resend_lost_interrupt


class _Commands(TyperGroup):
    """Exits at an interrupt or a closed pipe as shells expect, before typer handles either."""

    def invoke(self, ctx: Any) -> Any:
        try:
            super().invoke(ctx)
            print(end="", flush=True)
        except KeyboardInterrupt:
            print("\nStopped.", file=sys.stderr)
            raise typer.Exit(130) from None
        except BrokenPipeError:
            from chatbot.cli.console import discard_output

            discard_output()
        except OSError as failure:
            if failure.errno != errno.ENOSPC:
                raise
            from chatbot.cli.console import discard_output

            discard_output()  # or else Python fails again at its end
            raise StorageError(
                "The disk is full, so not everything could be written. "
                "Free some space, and run the command again."
            ) from failure


app = typer.Typer(
    cls=_Commands,
    help="Ask questions about your documents. Every answer is a passage with a citation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(epilog="Example: chatbot build --corpus docs --index idx")
def build(
    corpus: Annotated[
        Path | None, typer.Option(help="Folder with the documents, or a single file.")
    ] = None,
    index: Index = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Read and embed every file again.")
    ] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back one build.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 1 if files are skipped.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep running and build again at each change.")
    ] = False,
    ray: Annotated[
        str | None, typer.Option(help="Read and embed on a Ray cluster: auto, or HOST:PORT.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring the index up to date with the corpus."""
    from chatbot.cli import console
    from chatbot.cli.build_output import show_build
    from chatbot.cli.progress import BuildProgress
    from chatbot.index.find_builds import find_builds
    from chatbot.ingestion.access_rules import OTHER_RULES, last_rules
    from chatbot.ingestion.build_index import build_index
    from chatbot.ingestion.watch import changes
    from chatbot.settings import load_settings

    settings = load_settings(corpus=corpus, index=index)
    if rollback:
        builds = find_builds(settings)
        rules = last_rules(builds)
        console.show(builds.roll_back(), print, as_json=as_json)
        if last_rules(builds) != rules:
            print(OTHER_RULES, file=sys.stderr)
        return
    report = build_index(settings, fresh=fresh, ray=ray, progress=BuildProgress())
    console.show(report, show_build, as_json=as_json)
    if watch:
        for _ in changes(settings):
            try:
                report = build_index(settings, ray=ray)
            except ChatbotError as problem:
                # A temporary problem, such as an empty folder, must not end the watch.
                print(problem, file=sys.stderr)
            else:
                if report.published:
                    console.show(report, show_build, as_json=as_json)
    if strict and (report.skipped or report.parts):
        raise typer.Exit(1)


@app.command(epilog='Example: chatbot ask "Which air defence system did Russia sell?" --top-k 3')
def ask(
    question: Annotated[str, typer.Argument(help="The question, in quotes.")],
    index: Index = None,
    top_k: Annotated[int | None, typer.Option(help="Number of documents to show.")] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option("--filter", help="KEY=VALUE, such as tag=arms; repeat for more."),
    ] = None,
    as_typed: Annotated[
        bool, typer.Option("--as-typed", help="Don't correct misspelt words.")
    ] = False,
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", help="Ask as a member of this group; repeat for more."),
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Show how each passage was ranked.")] = False,
    why_not: Annotated[
        str | None, typer.Option(help="Explain why the document with this id isn't shown.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer one question with passages and citations."""
    from chatbot.assistant import Chatbot
    from chatbot.cli import console
    from chatbot.cli.answer_output import show_answer
    from chatbot.settings import load_settings

    conditions = parse_filters(filters or [])
    with Chatbot.open(settings=load_settings(index=index)) as opened:
        chatbot = opened.for_groups(groups or None)
        if why_not:
            from chatbot.cli.evaluation_output import show_standing
            from chatbot.evaluation.why import why_not as standing_of

            standing = standing_of(chatbot, question, why_not, filters=conditions, top_k=top_k)
            console.show(standing, show_standing, as_json=as_json)
            return
        answer = chatbot.ask(question, filters=conditions, top_k=top_k, as_typed=as_typed)
    console.show(answer, partial(show_answer, why=why), as_json=as_json)


@app.command(epilog="Example: chatbot serve --index idx --port 8080")
def serve(
    index: Index = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")] = None,
    without_login: Annotated[
        bool | None, typer.Option("--open", help="Let other machines in without a login.")
    ] = None,
) -> None:
    """Serve the chat and the HTTP API."""
    from chatbot.settings import load_settings
    from chatbot.web.server import run_server

    settings = load_settings(index=index, host=host, port=port, open=without_login)
    if settings.log_format == "json":
        from chatbot.cli.json_log import log_as_json

        log_as_json(with_questions=settings.log_questions)
    run_server(settings)


@app.command(epilog="Example: chatbot mcp --index idx")
def mcp(index: Index = None) -> None:
    """Serve AI agents over MCP, on standard input and output."""
    from chatbot.settings import load_settings
    from chatbot.web.agents.stdio_transport import serve_stdio

    serve_stdio(load_settings(index=index))


@app.command(epilog="Example: chatbot info --index idx --json")
def info(index: Index = None, as_json: AsJson = False) -> None:
    """Show how much is indexed, and list skipped files with reasons."""
    from chatbot.cli import console
    from chatbot.cli.build_output import show_manifest
    from chatbot.index.find_builds import find_builds
    from chatbot.index.manifest import read_manifest
    from chatbot.settings import load_settings

    settings = load_settings(index=index)
    builds = find_builds(settings)
    manifest = read_manifest(builds.folder(builds.current()))
    console.show(manifest, show_manifest, as_json=as_json)


@app.command(epilog="Example: chatbot doctor --index idx")
def doctor(index: Index = None, as_json: AsJson = False) -> None:
    """Check the installation, from the model to the source files."""
    from chatbot.cli import console
    from chatbot.cli.build_output import show_checks
    from chatbot.doctor import examine
    from chatbot.settings import load_settings

    checks = examine(load_settings(index=index))
    console.show(checks, show_checks, as_json=as_json)
    if any(check.outcome == "failed" for check in checks):
        raise typer.Exit(1)


app.add_typer(access, name="access")
app.command(epilog="Example: chatbot backup monday.tar.gz --index idx")(backup)
app.command(epilog="Example: chatbot restore monday.tar.gz --index idx")(restore)
app.command(epilog="Example: chatbot copy index milvus://127.0.0.1:19530/briefs --json")(copy)
app.add_typer(evaluate, name="evaluate")
app.add_typer(feedback, name="feedback")
app.add_typer(model, name="model")
app.add_typer(users, name="users")
app.add_typer(tokens, name="tokens")


def main() -> None:
    """The `chatbot` command."""
    sys.unraisablehook = resend_lost_interrupt
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Documents may have characters that the terminal can't encode.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app()
    except ChatbotError as problem:
        print(problem, file=sys.stderr)
        sys.exit(problem.exit_code)
