"""The gain of interpreting follow-up questions, and the loss after a change of topic.

python -m tests.benchmarks.followups
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.run_questions import evaluate
from tests.benchmarks.indexes import HOME, open_corpus, open_set
from tests.shared import EVALUATION, PROJECT, QUESTIONS
from tests.topic_switches import loss, switches

_CONVERSATIONS = "mtrag_human_dev"
_SWITCHES = ("squad20_sample", "mtrag_human_dev")
_MOST_SWITCHES = 1_000
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
    print(f"\n{'after a change of topic':32}{'asked':>8}{'document lost':>15}{'refused':>10}")
    with open_corpus(PROJECT / "corpus", HOME / "demo") as chatbot:
        print(_switched("demo", chatbot, load_question_set(QUESTIONS / "demo.jsonl")), flush=True)
    for name in _SWITCHES:
        with open_set(name) as chatbot:
            questions = load_question_set(EVALUATION / name)
            print(_switched(name, chatbot, questions), flush=True)


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


def _switched(name: str, chatbot: Chatbot, questions: Sequence[Question]) -> str:
    alone = [question for question in questions if question.answerable and not question.history]
    asked, document, refused = loss(chatbot, switches(chatbot, alone, most=_MOST_SWITCHES))
    return f"{name:32}{asked:8}{document:15}{refused:10}"


if __name__ == "__main__":
    main()
