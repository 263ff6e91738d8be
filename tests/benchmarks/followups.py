"""The gain of interpreting follow-up questions, and the loss on stand-alone ones.

python -m tests.benchmarks.followups
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.run_questions import evaluate
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION

_CONVERSATIONS = "mtrag_human_dev"
_ALONE = ("scifact", "squad20_sample", "cranfield", "time")
_MEASURE = "nDCG@10"


def main() -> None:
    """Print the gain on conversations by collection, and the loss after unrelated turns."""
    questions = load_question_set(EVALUATION / _CONVERSATIONS)
    turns = _turns()
    last = [replace(question, text=turns[question.question_id][-1]) for question in questions]
    follow = [replace(question, history=turns[question.question_id][:-1]) for question in last]
    with open_set(_CONVERSATIONS) as chatbot:
        print(f"{'asked':32}{'all':>8}" + "".join(f"{name:>10}" for name in _groups(questions)))
        for name, variant in (
            ("the last turn as typed", last),
            ("the last turn after the others", follow),
            ("a person's stand-alone rewrite", questions),
        ):
            print(_line(name, chatbot, variant), flush=True)
    print(f"\n{'stand-alone questions':32}{'alone':>8}{'after another':>15}{'interpreted':>12}")
    for name in _ALONE:
        with open_set(name) as chatbot:
            print(_unrelated(name, chatbot), flush=True)


def _turns() -> dict[str, tuple[str, ...]]:
    lines = (EVALUATION / _CONVERSATIONS / "queries.jsonl").read_text("utf-8").splitlines()
    entries = map(json.loads, lines)
    return {entry["_id"]: tuple(entry["metadata"]["all_user_turns"]) for entry in entries}


def _groups(questions: Sequence[Question]) -> dict[str, list[str]]:
    lines = (EVALUATION / _CONVERSATIONS / "queries.jsonl").read_text("utf-8").splitlines()
    ids = {question.question_id for question in questions}
    groups: dict[str, list[str]] = defaultdict(list)
    for entry in map(json.loads, lines):
        if entry["_id"] in ids:
            groups[entry["metadata"]["collection"]].append(entry["_id"])
    return dict(sorted(groups.items()))


def _line(name: str, chatbot: Chatbot, questions: Sequence[Question]) -> str:
    of_groups = "".join(
        f"{_ndcg(chatbot, [item for item in questions if item.question_id in ids]):10.4f}"
        for ids in _groups(questions).values()
    )
    return f"{name:32}{_ndcg(chatbot, questions):8.4f}{of_groups}"


def _ndcg(chatbot: Chatbot, questions: Sequence[Question]) -> float:
    return evaluate(chatbot, questions, measures=(_MEASURE,)).measures[_MEASURE]


def _unrelated(name: str, chatbot: Chatbot) -> str:
    questions = [
        question for question in load_question_set(EVALUATION / name) if question.answerable
    ]
    rng = random.Random(0)
    after = [replace(question, history=(rng.choice(questions).text,)) for question in questions]
    result = evaluate(chatbot, after, measures=(_MEASURE,))
    interpreted = np.mean(
        [
            outcome.answer.interpreted_question != outcome.answer.question
            for outcome in result.outcomes
        ]
    )
    alone = _ndcg(chatbot, questions)
    return f"{name:32}{alone:8.4f}{result.measures[_MEASURE]:15.4f}{interpreted:12.1%}"


if __name__ == "__main__":
    main()
