"""`chatbot feedback`: exports thumbs as a question set and qrels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chatbot.cli.options import AsJson, Index
from chatbot.errors import ChatbotError

if TYPE_CHECKING:
    from chatbot.evaluation.feedback_sets import FeedbackSet

commands = typer.Typer(
    help="Turn feedback into test data.", no_args_is_help=True, rich_markup_mode=None
)


@commands.callback()
def feedback() -> None:
    """Turn feedback into test data."""


@commands.command(epilog="Example: chatbot feedback export --qrels qrels.txt > asked.jsonl")
def export(
    index: Index = None,
    qrels: Annotated[
        Path | None, typer.Option(help="Also write qrels in TREC format to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the questions with feedback as a question set."""
    from chatbot.cli import console
    from chatbot.evaluation.feedback_sets import as_judgments, qrels_lines
    from chatbot.evaluation.output_files import check_writable, write
    from chatbot.feedback import feedback_store
    from chatbot.settings import load_settings

    if qrels:
        check_writable(qrels, "--qrels")
    settings = load_settings(index=index)
    judgments = as_judgments(feedback_store(settings).thumbs())
    if not judgments.questions:
        raise ChatbotError(
            f"{settings.feedback_file} has no feedback on passages yet. "
            f"Give some in the chat or with POST /api/v1/feedback."
        )
    if qrels:
        write(qrels, "".join(qrels_lines(judgments)), "--qrels")
    console.show(judgments, _show_lines, as_json=as_json)
    _show_summary(judgments)


def _show_lines(judgments: FeedbackSet) -> None:
    from chatbot.evaluation.feedback_sets import question_lines

    # A question set is UTF-8 whatever the terminal's encoding.
    sys.stdout.buffer.write("".join(question_lines(judgments)).encode())
    sys.stdout.flush()


def _show_summary(judgments: FeedbackSet) -> None:
    """Print the counts, and the questions that can't be scored, on standard error."""
    from chatbot.cli import console

    thumbs = console.count(judgments.thumbs, "thumb")
    questions = console.count(len(judgments.questions), "question")
    without = len(judgments.none_helpful)
    console.err.print(
        f"{thumbs} on {questions}: {len(judgments.questions) - without:,} with a helpful passage, "
        f"{without:,} without.",
        soft_wrap=True,
    )
    if judgments.disputed:
        console.err.print(
            f"{console.count(judgments.disputed, 'sentence')} with thumbs up and down: the "
            f"majority counts, or the latest in a tie.",
            soft_wrap=True,
        )
    texts = {question.id: question.question for question in judgments.questions}
    for question_id in judgments.none_helpful:
        console.err.print(
            f"{question_id} has no helpful passage, so chatbot evaluate leaves it out: "
            f"{texts[question_id]}",
            soft_wrap=True,
        )
