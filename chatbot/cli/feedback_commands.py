"""`chatbot feedback`: what people said of answers, as test data."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.errors import ChatbotError

if TYPE_CHECKING:
    from chatbot.evaluation.feedback_sets import Exported

commands = typer.Typer(
    help="Turn thumbs into test data.", no_args_is_help=True, rich_markup_mode=None
)


@commands.callback()
def feedback() -> None:
    """Turn thumbs into test data."""


@commands.command(epilog="Example: chatbot feedback export --qrels qrels.txt > asked.jsonl")
def export(
    index: Annotated[Path | None, typer.Option(help="Folder that holds the builds.")] = None,
    qrels: Annotated[
        Path | None, typer.Option(help="Write the judgments by document, as TREC does.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the judged questions, a line each, as chatbot evaluate reads them."""
    from chatbot.cli import console
    from chatbot.evaluation.feedback_sets import as_judgments, qrels_lines
    from chatbot.evaluation.output_files import check_writable, write
    from chatbot.feedback import FeedbackStore
    from chatbot.settings import load_settings

    if qrels:
        check_writable(qrels, "--qrels")
    path = load_settings(index=index).feedback_file
    found = as_judgments(FeedbackStore(path).thumbs())
    if not found.questions:
        raise ChatbotError(
            f"Nobody has judged a passage yet: there is no thumb in {path}. "
            f"Thumbs come from the chat and from POST /api/v1/feedback."
        )
    if qrels:
        write(qrels, "".join(qrels_lines(found)), "--qrels")
    console.show(found, _show_lines, as_json=as_json)
    _show_summary(found)


def _show_lines(found: Exported) -> None:
    from chatbot.evaluation.feedback_sets import question_lines

    # A question set is UTF-8, whatever the terminal speaks.
    sys.stdout.buffer.write("".join(question_lines(found)).encode())
    sys.stdout.flush()


def _show_summary(found: Exported) -> None:
    """What became of the thumbs, on standard error; what can't be scored by name."""
    from chatbot.cli import console

    thumbs = console.count(found.thumbs, "thumb")
    questions = console.count(len(found.questions), "question")
    without = len(found.none_helpful)
    console.err.print(
        f"{thumbs} on {questions}: {len(found.questions) - without:,} with a passage that helps, "
        f"{without:,} without.",
        soft_wrap=True,
    )
    if found.disputed:
        console.err.print(
            f"{console.count(found.disputed, 'sentence')} with thumbs both ways: the majority "
            f"counts, then the latest.",
            soft_wrap=True,
        )
    texts = {each.id: each.question for each in found.questions}
    for question_id in found.none_helpful:
        console.err.print(
            f"{question_id} has only passages that do not help, so chatbot evaluate leaves it "
            f"out: {texts[question_id]}",
            soft_wrap=True,
        )
