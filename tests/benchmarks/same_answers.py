"""An index in Milvus gives the same answers as the folder that it was copied from.

    python -m tests.benchmarks.same_answers [SET ...]    by default scifact, squad20_sample and demo

Every question of a set is asked of both, with the answer reader, against a milvus-lite server on
this machine. That takes seconds a question. Differences are listed.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from chatbot.assistant import Chatbot
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.run_questions import evaluate
from chatbot.index.milvus import milvus_builds
from chatbot.index.milvus.connection import Connection
from chatbot.index_address import milvus_address
from chatbot.ingestion.build_index import copy_index
from chatbot.settings import load_settings
from tests.benchmarks.indexes import HOME, open_corpus, open_set
from tests.milvus.conftest import running_server
from tests.shared import EVALUATION, PROJECT, QUESTIONS

_SETS: Final = ("demo", "squad20_sample", "scifact")
_FIRST: Final = 5
_MEASURE: Final = "nDCG@10"
# milvus-lite is slow; its slowness isn't what is measured here.
_SECONDS: Final = 300


def main(*names: str) -> None:
    """Compare set after set."""
    setattr(milvus_builds, "Connection", partial(Connection, seconds=_SECONDS))  # noqa: B010
    for name in names or _SETS:
        with (
            _folder(name) as folder,
            tempfile.TemporaryDirectory() as home,
            running_server(Path(home)) as server,
        ):
            _compare(name, folder, server.index())


def _folder(name: str) -> Chatbot:
    if name == "demo":
        return open_corpus(PROJECT / "corpus", HOME / "demo")
    return open_set(name)


def _questions(name: str) -> tuple[Question, ...]:
    return load_question_set(QUESTIONS / "demo.jsonl" if name == "demo" else EVALUATION / name)


def _compare(name: str, folder: Chatbot, index: str) -> None:
    address = milvus_address(Path(index))
    assert address
    assert copy_index(HOME / name, load_settings(), address)
    questions = _questions(name)
    settings = folder.settings.model_copy(update={"index": Path(index)})
    with Chatbot.open(settings=settings) as milvus:
        first, second = (
            evaluate(chatbot, questions, measures=[_MEASURE], advance=_show_progress)
            for chatbot in (milvus, folder)
        )
    pairs = [*zip(first.outcomes, second.outcomes, strict=True)]
    same = [_documents(there) == _documents(here) for there, here in pairs]
    alike = [_shown(there) == _shown(here) for there, here in pairs]
    worst = max(
        abs(score - scores[doc_id])
        for there, here in pairs
        for scores in [dict(here.ranking[:_FIRST])]
        for doc_id, score in there.ranking[:_FIRST]
        if doc_id in scores
    )
    for (there, here), equal in zip(pairs, zip(same, alike, strict=True), strict=True):
        if not all(equal):
            print("different:", there.question.text)
            print("  Milvus:", there.ranking[:_FIRST], *_shown(there)[:2])
            print("  folder:", here.ranking[:_FIRST], *_shown(here)[:2])
    print(
        f"{name}: {len(pairs)} questions, {len(folder.build):,} passages. "
        f"Same first {_FIRST} documents: {_share(same)}; same verdict and quotes: {_share(alike)}. "
        f"Largest difference of a score: {worst:.1e}. "
        f"{_MEASURE}: {first.measures[_MEASURE]:.4f} in Milvus, "
        f"{second.measures[_MEASURE]:.4f} in the folder.",
        flush=True,
    )


def _show_progress(_asked: int) -> None:
    print(".", end="", file=sys.stderr, flush=True)


def _documents(outcome: QuestionOutcome) -> list[str]:
    return [doc_id for doc_id, _ in outcome.ranking[:_FIRST]]


def _shown(outcome: QuestionOutcome) -> tuple[str, ...]:
    return (outcome.answer.verdict, *(card.quote for card in outcome.shown))


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags) / len(flags):.2%}"


if __name__ == "__main__":
    main(*sys.argv[1:])
