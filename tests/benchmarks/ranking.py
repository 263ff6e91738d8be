"""Ranking quality of the product, set by set.

python -m tests.benchmarks.ranking
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.result import Evaluation
from chatbot.evaluation.run_questions import evaluate
from tests.benchmarks.indexes import HOME, open_corpus, open_set
from tests.shared import EVALUATION, PROJECT, QUESTIONS, RANKED

_MEASURES = ("nDCG@10", "Success@1", "R@100")


def main() -> None:
    """Print one line per set and the mean over the public sets; write them as JSON."""
    print(f"{'set':18}{'nDCG@10':>9}{'Success@1':>11}{'R@100':>8}{'sentence':>10}{'p50 ms':>8}")
    results = {}
    for name, chatbot, questions in _sets():
        result = evaluate(chatbot, questions, measures=_MEASURES)
        chatbot.close()
        results[name] = {**result.measures, "right_sentence": result.right_sentence}
        print(_line(name, result), flush=True)
    mean = float(np.mean([results[name]["nDCG@10"] for name in RANKED]))
    print(f"{'mean of ' + str(len(RANKED)):18}{mean:9.4f}")
    (HOME / "ranking.json").write_text(json.dumps({**results, "mean": mean}, indent=1), "utf-8")


def _sets() -> Iterator[tuple[str, Chatbot, tuple[Question, ...]]]:
    for name in RANKED:
        yield name, open_set(name), load_question_set(EVALUATION / name)
    demo = open_corpus(PROJECT / "corpus", HOME / "demo")
    questions = load_question_set(QUESTIONS / "demo.jsonl")
    yield "demo", demo, tuple(question for question in questions if not question.history)


def _line(name: str, result: Evaluation) -> str:
    sentence = "" if result.right_sentence is None else f"{result.right_sentence:.4f}"
    values = "".join(
        f"{result.measures[measure]:{width}.4f}"
        for measure, width in zip(_MEASURES, (9, 11, 8), strict=True)
    )
    return f"{name:18}{values}{sentence:>10}{result.milliseconds['p50']:8.1f}"


if __name__ == "__main__":
    main()
