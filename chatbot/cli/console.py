"""What the command line shows: text for people, JSON for programs.

Words from documents are printed as they are, never as markup.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeRemainingColumn as Remaining
from rich.text import Text

from chatbot.cli.file_account import format_rows, skipped_rows
from chatbot.text.clean import one_line

if TYPE_CHECKING:
    from chatbot.doctor import Check
    from chatbot.evaluation.calibration import Refit
    from chatbot.evaluation.result import Evaluation
    from chatbot.evaluation.why import Stood
    from chatbot.index.manifest import Manifest
    from chatbot.ingestion.build_index import BuildReport
    from chatbot.retrieval.standing import Standing
    from chatbot.types import Answer, Citation

# Of each kind of reason; `chatbot info` names all.
_SKIPPED_SHOWN = 10

Value = TypeVar("Value")


class _Results(Console):
    """Leaves a closed pipe to `show`; rich would end the process."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


out = _Results(markup=False, emoji=False, highlight=False, soft_wrap=True)
err = Console(stderr=True, markup=False, emoji=False, highlight=False)


def show(value: Value, for_people: Callable[[Value], None], *, as_json: bool) -> None:
    """Print a result on standard output, for people or for programs."""
    try:
        if as_json:
            # JSON is UTF-8 wherever it goes, whatever the terminal speaks.
            sys.stdout.buffer.write(json_of(value) + b"\n")
            sys.stdout.flush()
        else:
            for_people(value)
    except BrokenPipeError:
        unheard()


def unheard() -> None:
    """Let what is still printed go nowhere: its reader has gone, as `head` does.

    The work goes on; a closed pipe is no failure of it.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def json_of(value: Any) -> bytes:
    """The JSON of one of the chatbot's own types, the same as the HTTP API gives, in UTF-8."""
    plain = TypeAdapter(type(value)).dump_python(value, mode="json")
    # A path that is no valid text is written as JSON's own escapes.
    return json.dumps(plain, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")


# -- progress --------------------------------------------------------------------------------


@contextmanager
def counted(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error; the value is what to call with the steps done."""
    with _bar() as bar:
        task = bar.add_task(name, total=total)
        yield lambda steps: bar.advance(task, steps)


class BuildProgress:
    """A bar for each stage of a build that has something to do."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def stage(self, name: str, total: int) -> None:
        self.end()
        if total:
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(name, total=total)

    def advance(self, steps: int) -> None:
        if self._bar and self._task is not None:
            self._bar.advance(self._task, steps)

    def end(self) -> None:
        """Leave the bar as it is; the next stage gets a line of its own."""
        if self._bar:
            self._bar.stop()
            self._bar = None


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        Remaining(),
        console=err,
    )


# -- results ---------------------------------------------------------------------------------


def show_build(report: BuildReport) -> None:
    """What a build did."""
    if not report.published:
        out.print(f"Nothing has changed; build {report.build} stays in service.")
    else:
        seconds = sum(report.seconds.values())
        out.print(
            f"Build {report.build}: {count(report.documents, 'document')}, "
            f"{count(report.passages, 'passage')} in {seconds:.1f} s."
        )
        out.print(
            f"Files: {report.read:,} read, {report.carried:,} unchanged, "
            f"{len(report.skipped):,} skipped."
        )
        _show_rows(*format_rows(report.formats))
    _show_account(report, most=_SKIPPED_SHOWN)


def show_manifest(manifest: Manifest) -> None:
    """What is indexed."""
    size = sum(seal.size for seal in manifest.seals.values())
    _show_rows(
        ("build", manifest.name),
        ("made", manifest.created[:19].replace("T", " ") + " UTC"),
        ("corpus", manifest.corpus),
        ("model", f"{manifest.model} ({manifest.model_fingerprint[:12]})"),
        ("files", f"{manifest.files:,}, of which {len(manifest.skipped):,} skipped"),
        ("documents", f"{manifest.documents:,}, of which {manifest.duplicates:,} duplicates"),
        ("passages", f"{manifest.passages:,}"),
        ("sentences", f"{manifest.sentences:,}"),
        ("size", f"{size / 1e6:,.1f} MB"),
    )
    _show_rows(*format_rows(manifest.formats))
    _show_account(manifest, most=None)


def _show_account(account: BuildReport | Manifest, *, most: int | None) -> None:
    """What is not in the index, and why."""
    if account.ignored:
        out.print(f"{count(account.ignored, 'file')} left out by .chatbotignore.")
    if account.parts:
        out.print(f"{count(len(account.parts), 'file')} skipped inside others.")
    if missing := (*account.skipped, *account.parts):
        _show_rows(*skipped_rows(missing, most=most))


def show_answer(answer: Answer, *, why: bool) -> None:
    """The best sentence and the cards, or the statement that the answer is not there."""
    if answer.abstained:
        out.print(
            f"Not found in {count(answer.searched_documents, 'document')} "
            f"(build {answer.build}, confidence {answer.confidence:.2f})."
        )
        if answer.nearest:
            out.print("The nearest passages, which probably do not answer it:")
    else:
        first = answer.citations[0]
        out.print(Text(first.quote, style="bold"), f"[{first.marker}]")
        out.print(f"{answer.verdict} match, confidence {answer.confidence:.2f}")
    for citation in answer.citations or answer.nearest:
        _show_citation(citation, why=why)
    if why:
        stages = ", ".join(f"{name} {ms:.1f} ms" for name, ms in answer.timings.items())
        out.print(f"\n{stages}")


def _show_citation(citation: Citation, *, why: bool) -> None:
    steps = [citation.title, *citation.section]
    if citation.pages:
        steps.append(f"p. {', '.join(map(str, citation.pages))}")
    out.print()
    out.print(Text(f"[{citation.marker}] {' › '.join(steps)}", style="bold"))
    start = citation.passage.span.start
    words = Text(citation.passage.text)
    if citation.verified:
        words.stylize("reverse", citation.span.start - start, citation.span.end - start)
    out.print(words)
    # Names of files may hold what commands a terminal; texts and titles are cleaned when read.
    place = f"{one_line(citation.source)}, characters {citation.span.start}-{citation.span.end}"
    out.print(Text(place, style="dim"))
    if citation.also_in:
        names = ", ".join(map(one_line, citation.also_in))
        out.print(Text(f"also in {names}", style="dim"))
    if citation.further:
        sections = dict.fromkeys(" › ".join(each.section) or "…" for each in citation.further)
        out.print(Text(f"more in this document: {'; '.join(sections)}", style="dim"))
    if why:
        reason = citation.why
        out.print(
            f"score {citation.score:.3f}: meaning rank {reason.dense_rank or '-'} "
            f"({reason.dense:.3f}), words rank {reason.lexical_rank or '-'} "
            f"({reason.lexical:.3f}), best sentence {reason.evidence:.3f}, "
            f"document {reason.document:.3f}"
        )


def show_evaluation(found: Evaluation) -> None:
    """Measures, abstention and speed, and how they differ from those of a baseline."""
    from chatbot.evaluation.summary import (
        change_rows,
        comparison_notes,
        difference_rows,
        summary,
        unmet,
    )

    _show_rows(*((line.name, line.value) for line in summary(found)))
    if found.comparison:
        out.print()
        for note in comparison_notes(found.comparison):
            out.print(note)
        _show_rows(*difference_rows(found.comparison))
        if changed := list(change_rows(found)):
            out.print()
            _show_rows(*changed)
    for judgments in unmet(found):
        err.print(judgments, soft_wrap=True)


def show_refit(refit: Refit) -> None:
    """How a confidence was fitted, and what that is worth."""
    by, before, after = refit.calibration, refit.before, refit.after
    error = f"{before.calibration_error:.4f} before, {after.calibration_error:.4f} after"
    _show_rows(
        ("trials", f"{refit.trials:,}"),
        ("AUROC", f"{before.auroc:.4f} before, {after.auroc:.4f} after"),
        ("calibration error", error),
        ("constants", f"{by.intercept:.3f}, {by.score:.3f}, {by.word_match:.3f}"),
        ("strong from", "never" if refit.strong_from is None else f"{refit.strong_from:.3f}"),
    )
    out.print("Kept in chatbot.toml; remove the lines there to go back.")


def show_standings(found: Sequence[Stood]) -> None:
    """Where a document stood, a line for each question."""
    from chatbot.evaluation.summary import standing_rows

    header, *rows = standing_rows([(each.question_id, each.standing) for each in found])
    asked = (each.question for each in found)
    _show_rows((*header, "asked"), *((*row, each) for row, each in zip(rows, asked, strict=True)))


def show_standing(found: Standing) -> None:
    """Where a document stood, a line for each stage."""
    from chatbot.evaluation.summary import standing_rows

    (_, *stages), (_, *ranks) = standing_rows([("", found)])
    _show_rows(*zip(["document", *stages], [found.doc_id, *ranks], strict=True))


def show_checks(checks: Sequence[Check]) -> None:
    """What the doctor found."""
    _show_rows(*((check.outcome, check.name, check.detail) for check in checks))


def count(number: int, thing: str) -> str:
    """A number of things, in words."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _show_rows(*rows: Sequence[str]) -> None:
    """Columns. A long line is left to the terminal to break: a pipe gets it whole."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (set_cell_size(*each) for each in zip(row, widths, strict=True))
        out.print("  ".join(padded).rstrip())
