"""Runs on disk in both forms, and which files are refused as a baseline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.errors import QuestionSetError
from chatbot.evaluation.question_set import Judgment, Question
from chatbot.evaluation.run_files import RunQuestion, SavedRun, read_run, run_text

QUESTIONS = (
    Question("q 1", "Who?", (Judgment("my report\t1.pdf"), Judgment("a%20b"))),
    Question("q2", "Where?", (Judgment("a"),)),
    Question("n1", "Why?", answerable=False),
)
RUN = SavedRun(
    questions=(
        RunQuestion(
            question_id="q 1",
            ranking=(("my report\t1.pdf", 0.75), ("a%20b", 0.75), ("x", 0.1)),
            question="Who?",
            confidence=0.5,
            abstained=False,
            milliseconds=9.5,
        ),
        RunQuestion(
            question_id="q2",
            ranking=(("a", 0.25),),
            question="Where?",
            confidence=0.1,
            abstained=True,
            milliseconds=8.0,
        ),
        RunQuestion(question_id="n1", ranking=(), question="Why?", abstained=True),
    ),
    build="20260101T000000-000000",
    made="2026-01-01T00:00:00+00:00",
    settings={"depth": 100},
)


def saved_file(path: Path, text: str | None = None) -> Path:
    path.write_text(run_text(RUN, path) if text is None else text, "utf-8")
    return path


def test_a_trec_run_has_a_line_for_each_document(tmp_path: Path) -> None:
    """A line has six fields, ranks begin at 1, and white space in names is percent-encoded."""
    assert saved_file(tmp_path / "run.txt").read_text("utf-8") == (
        "q%201 Q0 my%20report%091.pdf 1 0.75 chatbot\n"
        "q%201 Q0 a%20b 2 0.75 chatbot\n"
        "q%201 Q0 x 3 0.1 chatbot\n"
        "q2 Q0 a 1 0.25 chatbot\n"
    )


def test_a_trec_run_reads_back_as_the_rankings(tmp_path: Path) -> None:
    """Names may have white space or a literal %20; equal scores are ordered by rank."""
    run = read_run(saved_file(tmp_path / "run.txt"), QUESTIONS)
    assert run.rankings == {"q 1": RUN.questions[0].ranking, "q2": RUN.questions[1].ranking}
    assert {question.abstained for question in run.questions} == {None}


def test_a_run_in_json_reads_back_whole(tmp_path: Path) -> None:
    """It keeps confidence, abstention, times, build and settings."""
    assert read_run(saved_file(tmp_path / "run.json"), QUESTIONS) == RUN
    fields = json.loads((tmp_path / "run.json").read_text("utf-8"))["questions"][1]
    assert fields == {
        "question_id": "q2",
        "question": "Where?",
        "ranking": [["a", 0.25]],
        "confidence": 0.1,
        "abstained": True,
        "milliseconds": 8.0,
    }


def test_the_score_ranks_whatever_the_order_of_the_lines(tmp_path: Path) -> None:
    """trec_eval reads runs in the same way."""
    lines = "q2 Q0 c 1 1e-3 x\nq%201 Q0 a 9 2 x\n\nq2 Q0 d 2 0.5 x\r\nq2\tQ0  e 1 0.5 x\n"
    run = read_run(saved_file(tmp_path / "other.run", lines), QUESTIONS)
    assert [doc_id for doc_id, _ in run.rankings["q2"]] == ["e", "d", "c"]


@pytest.mark.parametrize("line", ["q2 Q0 a 1 0.5", "q2 Q0 a first 0.5 x", "q2 Q0 a 1 nan x", "{}"])
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    """The error has the number of the line and the expected form."""
    path = saved_file(tmp_path / "run.txt", f"q%201 Q0 a 1 0.5 x\n\n{line}\n")
    message = r"run\.txt, line 3: it isn't `query Q0 document rank score tag`\. Name one that"
    with pytest.raises(QuestionSetError, match=message):
        read_run(path, QUESTIONS)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file: invalid json"),
        ("[]", "the file: "),
        ("{}", "questions: field required"),
        ('{"questions": [{"question_id": "q2"}]}', r"questions\.0\.ranking: field required"),
        ('{"questions": [{"question_id": "q2", "ranking": [["a"]]}]}', r"questions\.0\.ranking\.0"),
    ],
)
def test_json_that_is_not_a_run_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    """The error names the wrong field."""
    with pytest.raises(
        QuestionSetError, match=rf"run\.json isn't a run in JSON \({problem}.+ Name one"
    ):
        read_run(saved_file(tmp_path / "run.json", text), QUESTIONS)


def test_a_missing_or_binary_run_is_refused(tmp_path: Path) -> None:
    """The error has the reason."""
    with pytest.raises(QuestionSetError, match=r"none\.txt can't be read \(.*No such file.+ Name"):
        read_run(tmp_path / "none.txt", QUESTIONS)
    (tmp_path / "run.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QuestionSetError, match=r"run\.txt can't be read \("):
        read_run(tmp_path / "run.txt", QUESTIONS)


@pytest.mark.parametrize(
    ("lines", "count"),
    [("x1 Q0 a 1 0.5 x\n", "none"), ("q2 Q0 a 1 0.5 x\nn1 Q0 a 1 0.5 x\n", "1"), ("", "none")],
)
def test_a_run_of_another_question_set_is_refused(tmp_path: Path, lines: str, count: str) -> None:
    """A comparison needs two answerable questions."""
    message = rf"run\.txt has {count} of these answerable questions, and .+ of another question set"
    with pytest.raises(QuestionSetError, match=message):
        read_run(saved_file(tmp_path / "run.txt", lines), QUESTIONS)


def test_a_run_with_other_questions_under_the_same_ids_is_refused(tmp_path: Path) -> None:
    """Ids such as q2 are common; a run in JSON has the texts to compare."""
    path = saved_file(tmp_path / "run.json")
    others = (QUESTIONS[0], Question("q2", "Whither?", (Judgment("a"),)))
    with pytest.raises(QuestionSetError, match=r"another question set: its question q2 is 'Where"):
        read_run(path, others)
