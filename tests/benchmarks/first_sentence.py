"""Whether the first sentence shown is the answer, with the answer reader and without it.

    python -m tests.benchmarks.first_sentence

Three question sets written by hand: on the demo corpus, on two scraped articles, and on 45 mixed
files of other projects (papers, filings, mail, slides, sheets, notes).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.result import Evaluation
from chatbot.evaluation.run_questions import evaluate
from tests.benchmarks.indexes import HOME, open_corpus
from tests.shared import ARTICLES, DATA, PROJECT, QUESTIONS

_COLUMNS = (
    "first sentence",
    "right sentence",
    "refused",
    "abstained",
    "AUROC",
    "error",
    "at 5 % risk",
    "p50 ms",
)


def main() -> None:
    """Print a line for each set, with the reader and without it."""
    print(f"{'set':12}{'reader':8}" + "".join(f"{name:>16}" for name in _COLUMNS))
    for reader in (False, True):
        for name, chatbot, questions in sets(reader=reader):
            with chatbot:
                result = evaluate(chatbot, questions, measures=["Success@1"])
            print(f"{name:12}{'on' if reader else 'off':8}{_line(result)}", flush=True)


def sets(*, reader: bool) -> Iterator[tuple[str, Chatbot, tuple[Question, ...]]]:
    """Each set's name, chatbot and questions."""
    for name, corpus in (
        ("demo", PROJECT / "corpus"),
        ("articles", _copied("articles", {name: f"documents/{name}" for name in ARTICLES})),
        ("mixed", _copied("mixed", _mixed_files())),
    ):
        questions = load_question_set(QUESTIONS / f"{name}.jsonl")
        yield name, open_corpus(corpus, HOME / f"{name}-index", reader=reader), questions


def _mixed_files() -> dict[str, str]:
    """The files of the mixed corpus: their path in it, and in the shared data."""
    lines = (QUESTIONS / "mixed_files.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def _copied(name: str, files: dict[str, str]) -> Path:
    corpus = HOME / f"{name}-corpus"
    for path, source in files.items():
        (corpus / path).parent.mkdir(parents=True, exist_ok=True)
        if not (corpus / path).exists():
            shutil.copyfile(DATA / source, corpus / path)
    return corpus


def _line(result: Evaluation) -> str:
    outcomes = [outcome for outcome in result.outcomes if outcome.question.answerable]
    first = sum(outcome.shows_right_sentence for outcome in outcomes if outcome.shown)
    abstention = result.abstention
    assert abstention
    values = (
        f"{first} of {len(outcomes)}",
        f"{result.right_sentence:.3f}",
        f"{result.abstained_on_answerable}",
        f"{result.abstained_on_unanswerable} of {result.unanswerable}",
        f"{abstention.auroc:.3f}",
        f"{abstention.calibration_error:.3f}",
        f"{abstention.coverage:.2f}",
        f"{result.milliseconds['p50']:.0f}",
    )
    return "".join(f"{value:>16}" for value in values)


if __name__ == "__main__":
    main()
