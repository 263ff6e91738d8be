"""`chatbot evaluate`: output, files and exit codes, with and without a subcommand."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from selectolax.lexbor import LexborHTMLParser

from chatbot.cli.commands import main
from chatbot.evaluation.quality_gate import failures
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.outcomes import evaluation_of, question_outcome

TEXTS = {
    "radar.md": "# Radar\n\nThe radar was sold in Omsk for nine million roubles in spring.",
    "bread.md": "# Bread\n\nBread is baked from flour, water, salt and a little yeast.",
    "paint.md": "# Paint\n\nPaint dries slowly where the air is damp and cold.",
}
QUESTIONS = (
    {"id": "q1", "question": "Where was the radar sold?", "relevant": [{"doc_id": "radar.md"}]},
    {
        "id": "q2",
        "question": "What is bread baked from?",
        "relevant": [{"doc_id": "bread.md", "quote": "flour, water, salt"}],
    },
    {"id": "q3", "question": "Where does paint dry slowly?", "relevant": [{"doc_id": "paint.md"}]},
    {"id": "n1", "question": "Who won the lottery in 1987?", "answerable": False},
)


class Result(NamedTuple):
    """The exit code of a command and its output."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short documents, indexed once; tests only read it."""
    home = tmp_path_factory.mktemp("three")
    (home / "corpus").mkdir()
    for name, text in TEXTS.items():
        (home / "corpus" / name).write_text(text, "utf-8")
    build_index(load_settings(corpus=home / "corpus", index=home / "index"))
    return home / "index"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the questions."""
    monkeypatch.chdir(tmp_path)
    lines = "\n".join(map(json.dumps, QUESTIONS))
    (tmp_path / "questions.jsonl").write_text(lines, "utf-8")
    return tmp_path


@pytest.fixture
def run(
    index: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs `chatbot COMMAND … --index` on the three documents, in the folder."""

    def command(*words: str, command: str = "evaluate") -> Result:
        monkeypatch.setattr(sys, "argv", ["chatbot", command, *words, "--index", str(index)])
        monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # put back, it sets its own
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Result(code, *capsys.readouterr())

    assert folder == Path.cwd()
    return command


def rows(printed: str) -> dict[str, str]:
    """The lines of a table by their first column."""
    return dict(line.split("  ", 1) for line in printed.splitlines() if "  " in line)


def worse(folder: Path, name: str) -> Path:
    """A run in JSON without any right document."""
    fields = json.loads((folder / name).read_text("utf-8"))
    for question in fields["questions"]:
        question["ranking"] = [["other.md", 1.0]]
    path = folder / "worse.json"
    path.write_text(json.dumps(fields), "utf-8")
    return path


# -- output and files ------------------------------------------------------------------------


def test_a_line_is_printed_for_each_figure(run: Run) -> None:
    """The lines are the requested measures, places, abstention, confidence and time."""
    done = run("questions.jsonl", "--measures", "Success@1 RR MRR@10")
    assert done.code == 0, done.err
    figures = {name: value.strip() for name, value in rows(done.out).items()}
    assert [*figures] == [
        *("Success@1", "RR", "MRR@10", "right sentence", "right place"),
        *("abstained", "confidence", "time"),
    ]
    assert figures["Success@1"] == figures["RR"] == figures["MRR@10"] == "1.0000"
    assert figures["right place"] == "1.0000 first, 1.0000 shown"
    assert "of 3 answerable, 1 of 1 unanswerable" in figures["abstained"]
    assert figures["confidence"].startswith("AUROC 1.0000, calibration error 0.")


def test_json_has_the_figures_and_the_outcomes(run: Run) -> None:
    """It has the comparison too, if there is a baseline."""
    run("questions.jsonl", "--run-out", "base.json")
    done = run("questions.jsonl", "--json", "--baseline", "base.json")
    fields = json.loads(done.out)
    assert fields["measures"]["nDCG@10"] == 1.0
    assert [outcome["question"]["question_id"] for outcome in fields["outcomes"]] == [
        *("q1", "q2", "q3", "n1")
    ]
    assert fields["outcomes"][0]["measures"]["nDCG@10"] == 1.0
    assert fields["comparison"]["differences"][0]["ties"] == 3
    assert fields["abstention"]["auroc"] == 1.0
    assert fields["titles"] == {"bread.md": "Bread", "paint.md": "Paint", "radar.md": "Radar"}


@pytest.mark.parametrize("name", ["base.json", "base.txt"])
def test_a_run_compares_with_itself(run: Run, folder: Path, name: str) -> None:
    """One command writes the run in either form, and the next one reads it."""
    assert run("questions.jsonl", "--run-out", name).code == 0
    done = run("questions.jsonl", "--baseline", name, "--fail-on-regression")
    assert done.code == 0, done.err
    assert "3 answerable questions in both." in done.out
    assert rows(done.out)["nDCG@10"].split()[-1] == "0/0/3"
    assert (folder / name).stat().st_size > 0


def test_a_better_run_shows_what_changed(run: Run, folder: Path) -> None:
    """Each changed question has its score before and now."""
    run("questions.jsonl", "--run-out", "base.json")
    done = run("questions.jsonl", "--baseline", str(worse(folder, "base.json")))
    assert "\nq1        0.0000  1.0000  Where was the radar sold?\n" in done.out
    assert "+1.0000" in rows(done.out)["RR@10"]


def test_the_report_is_written_with_the_command(run: Run, folder: Path) -> None:
    """It has the failed gate, too."""
    done = run("questions.jsonl", "--report", "out.html", "--fail-under", "P@1=2")
    assert done.code == 3
    page = LexborHTMLParser((folder / "out.html").read_text("utf-8"))
    text = {
        tag: " ".join(element.text() for element in page.css(tag))
        for tag in ("h1", "code", ".gate")
    }
    assert text["h1"] == "Evaluation of questions.jsonl"
    assert "chatbot evaluate questions.jsonl --report out.html" in text["code"]
    assert text[".gate"] == "Not good enough: P@1 is 1.0000, below 2.0."


def test_why_shows_the_standing_of_a_document(run: Run) -> None:
    """There is a line for each question that judges it relevant."""
    done = run("questions.jsonl", "--why", "bread.md")
    assert done.code == 0, done.err
    header, line = done.out.splitlines()
    assert header.split("  ")[0] == "question"
    assert line.split() == [*"q2 1 1 1 1 1 shown as [1] What is bread baked from?".split()]


def test_why_not_shows_the_standing_for_one_question(run: Run) -> None:
    """JSON has the same standing."""
    words = ("Where was the radar sold?", "--why-not", "paint.md", "--top-k", "1")
    standing = rows(run(*words, command="ask").out)
    assert standing["outcome"].strip() == "ranked too low for a card"
    fields = json.loads(run(*words, "--json", command="ask").out)
    assert (fields["card"], fields["fell_out"]) == (None, "below the cards")


def test_unknown_documents_and_places_are_counted_and_named(run: Run, folder: Path) -> None:
    """Documents that aren't indexed, and quotes that aren't in their documents."""
    judged = [{"doc_id": "gone.md"}, {"doc_id": "radar.md", "quote": "sold in Tomsk"}]
    line = {"id": "q1", "question": "Where was the radar sold?", "relevant": judged}
    (folder / "questions.jsonl").write_text(json.dumps(line), "utf-8")
    done = run("questions.jsonl")
    assert done.code == 0
    assert "1 judged document is not in the index: gone.md\n" in done.err
    place = "radar.md “sold in Tomsk” (question q1)"
    assert f"1 judged place is not in its document: {place}\n" in done.err
    assert "confidence" not in rows(done.out)  # no question is unanswerable


# -- gates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bar", "code"), [("nDCG@10=1", 0), ("nDCG@10=1.01", 3), ("Success@2=0.5", 0)]
)
def test_a_bar_that_is_missed_exits_3(run: Run, bar: str, code: int) -> None:
    """One that is just reached doesn't; its measure needn't be asked for."""
    done = run("questions.jsonl", "--measures", "RR", "--fail-under", bar)
    assert done.code == code
    assert ("nDCG@10 is 1.0000, below 1.01." in done.err) == (code == 3)
    assert "RR" in rows(done.out)


def test_a_measure_that_is_nan_reaches_no_bar() -> None:
    """Otherwise the gate would pass."""
    evaluation = replace(evaluation_of(question_outcome("q")), measures={"Accuracy": math.nan})
    assert failures(evaluation, {"Accuracy": 0.0}, regression=True) == [
        "Accuracy is nan, below 0.0"
    ]


def test_a_significant_regression_exits_3(run: Run, folder: Path) -> None:
    """Only with --fail-on-regression, and only by the first measure."""
    run("questions.jsonl", "--run-out", "base.json")
    better = folder / "base.json"
    fields = json.loads(better.read_text("utf-8"))
    for question in fields["questions"]:
        question["ranking"].insert(0, ["other.md", 9.0])
    (folder / "now.json").write_text(json.dumps(fields), "utf-8")
    done = run("questions.jsonl", "--baseline", "now.json", "--fail-on-regression")
    assert done.code == 0
    # The judged document is second now and was first in the baseline.
    swapped = [
        {**question, "relevant": [{"doc_id": "other.md"}]} if "relevant" in question else question
        for question in QUESTIONS
    ]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, swapped)), "utf-8")
    gate = ("questions.jsonl", "--baseline", "now.json", "--fail-on-regression")
    done = run(*gate)
    assert done.code == 3
    assert "nDCG@10 fell from 1.0000 in the baseline to 0.0000 (95% interval of" in done.err
    assert run(*gate[:-1]).code == 0
    assert run(*gate, "--measures", "P@100 nDCG@10").code == 3
    assert run(*gate, "--measures", "NumRet nDCG@10").code == 3


# -- bad input: one sentence, before the long run --------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["none.jsonl"], 1, "There is no question set at none.jsonl. Check the path."),
        (["questions.jsonl", "--measures", "RR foo"], 2, "There is no measure 'foo'. Choose"),
        (["questions.jsonl", "--measures", "RBP(rel=1)"], 2, "The measure RBP(rel=1) needs"),
        (["questions.jsonl", "--measures", "P(rel=0)@5"], 2, "P(rel=0)@5 can't be computed"),
        (
            ["questions.jsonl", "--fail-under", "RR"],
            2,
            "'RR' can't be used. Write MEASURE=NUMBER, such as",
        ),
        (["questions.jsonl", "--fail-under", "foo=1"], 2, "There is no measure 'foo'. Choose"),
        (["questions.jsonl", "--baseline", "none.txt"], 1, "none.txt can't be read ("),
        (
            ["questions.jsonl", "--baseline", "questions.jsonl"],
            1,
            "questions.jsonl, line 1: it isn",
        ),
        (["questions.jsonl", "--fail-on-regression"], 2, "--fail-on-regression needs a run to"),
        (["questions.jsonl", "--report", "no/out.html"], 1, "no/out.html can't be written (No su"),
        (
            ["questions.jsonl", "--report", "."],
            1,
            ". can't be written (Is a directory). Name anoth",
        ),
        (["questions.jsonl", "--run-out", "no/run"], 1, "no/run can't be written (No such file"),
        (["questions.jsonl", "--why", "none.md"], 1, "No question judges 'none.md' relevant. Name"),
        (
            ["questions.jsonl", "--why", "bread.md", "--report", "x"],
            2,
            "--why and --calibrate can't be combined",
        ),
    ],
)
def test_bad_input_is_refused_in_one_sentence(
    run: Run, folder: Path, words: list[str], code: int, message: str
) -> None:
    """No result is printed, no question is asked, and no file is left behind."""
    before = sorted(folder.iterdir())
    done = run(*words)
    assert (done.code, done.out) == (code, "")
    *progress, last = done.err.splitlines()
    assert message in last
    assert not any("1/4" in line or "4/4" in line for line in progress)
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "questions.jsonl has no question with judgments or marked unanswerable."),
        ('{"id": "q1", "question": "Who?", "relevant": []}', "has no question with judgments or"),
        ('{"id": "n1", "question": "Who?", "answerable": false}\n{', "line 2: it isn't JSON. Fi"),
        ('{"id": "n1", "question": "?", "answerable": false}', "Question n1: The question has no"),
    ],
)
def test_an_unusable_question_set_is_refused(
    run: Run, folder: Path, text: str, message: str
) -> None:
    """It's empty, unjudged, malformed, or has a question that can't be asked."""
    (folder / "questions.jsonl").write_text(text, "utf-8")
    done = run("questions.jsonl")
    assert (done.code, done.out) == (1, "")
    assert message in done.err.splitlines()[-1]


def test_an_existing_file_is_kept_when_the_run_fails(run: Run, folder: Path) -> None:
    """The check that it can be written changes nothing."""
    (folder / "out.html").write_text("earlier", "utf-8")
    run("questions.jsonl", "--report", "out.html", "--run-out", "new.txt", "--measures", "foo")
    assert (folder / "out.html").read_text("utf-8") == "earlier"
    assert not (folder / "new.txt").exists()


# -- calibration -----------------------------------------------------------------------------


def test_a_confidence_is_fitted_and_saved(run: Run, folder: Path) -> None:
    """The settings file gets the coefficients and keeps its comments; the next run uses them."""
    file = folder / "chatbot.toml"
    file.write_text("# ours\ntop_k = 2  # cards\n", "utf-8")
    before = load_settings()
    done = run("questions.jsonl", "--calibrate")
    assert (done.code, rows(done.out)["trials"].strip()) == (0, "7")
    assert file.read_text("utf-8").startswith("# ours\ntop_k = 2  # cards\n")
    after = load_settings()
    assert after.top_k == 2
    assert after.confidence_score != before.confidence_score
    assert run("questions.jsonl").code == 0


def test_a_settings_file_that_is_not_toml_is_not_changed(run: Run, folder: Path) -> None:
    """It's refused before a question is asked."""
    (folder / "chatbot.toml").write_text("top_k = = 2", "utf-8")
    done = run("questions.jsonl", "--calibrate")
    assert done.code == 2
    assert "chatbot.toml" in done.err
    assert (folder / "chatbot.toml").read_text("utf-8") == "top_k = = 2"


def test_calibrate_can_not_be_combined_with_measuring(run: Run) -> None:
    """It would be unclear which confidence is measured."""
    done = run("questions.jsonl", "--calibrate", "--report", "page.html")
    assert done.code == 2
    assert "Use one at a time" in done.err


# -- with and without a subcommand -----------------------------------------------------------


def hint(*words: str) -> str:
    """The first line on standard error of the form without a subcommand."""
    command = " ".join(["chatbot", "evaluate", *words])
    return f"Hint: this form still works, but the new one is: {command}\n"


def untimed(done: Result) -> tuple[int, list[str]]:
    """The exit code and the output without the line of times."""
    return done.code, [line for line in done.out.splitlines() if not line.startswith("time ")]


def test_run_measures_as_the_old_form_does(run: Run, folder: Path) -> None:
    """Output, run file and exit code are the same; only the old form prints a hint."""
    options = ("--measures", "RR", "--fail-under", "nDCG@10=1.01", "--run-out")
    old = run("questions.jsonl", *options, "old.txt")
    new = run("run", "questions.jsonl", *options, "new.txt")
    assert untimed(old) == untimed(new)
    assert old.code == 3
    assert old.err.startswith(hint("run", "questions.jsonl"))
    assert "Hint" not in new.err
    assert (folder / "old.txt").read_text("utf-8") == (folder / "new.txt").read_text("utf-8")


def test_compare_compares_as_the_old_form_does(run: Run, folder: Path) -> None:
    """A significant regression exits with 3 in both forms, and with 0 without the flag."""
    run("run", "questions.jsonl", "--run-out", "base.json")
    swapped = [
        {**question, "relevant": [{"doc_id": "other.md"}]} if "relevant" in question else question
        for question in QUESTIONS
    ]
    fields = json.loads((folder / "base.json").read_text("utf-8"))
    for question in fields["questions"]:
        question["ranking"].insert(0, ["other.md", 9.0])
    (folder / "better.json").write_text(json.dumps(fields), "utf-8")
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, swapped)), "utf-8")
    old = run("questions.jsonl", "--baseline", "better.json", "--fail-on-regression")
    new = run("compare", "questions.jsonl", "better.json", "--fail-on-regression")
    assert untimed(old) == untimed(new)
    assert old.code == 3
    assert old.err.startswith(hint("compare", "questions.jsonl", "better.json"))
    assert "nDCG@10 fell from 1.0000 in the baseline" in new.err
    assert run("compare", "questions.jsonl", "better.json").code == 0


def test_why_traces_as_the_old_form_does(run: Run) -> None:
    """Both forms print the same table."""
    old = run("questions.jsonl", "--why", "bread.md")
    new = run("why", "questions.jsonl", "bread.md")
    assert (old.code, old.out) == (new.code, new.out)
    assert new.code == 0
    assert old.err.startswith(hint("why", "questions.jsonl", "bread.md"))
    assert "Hint" not in new.err


def test_calibrate_fits_as_the_old_form_does(run: Run, folder: Path) -> None:
    """From the same start, both forms give the same figures and settings."""
    old = run("questions.jsonl", "--calibrate")
    saved = (folder / "chatbot.toml").read_text("utf-8")
    (folder / "chatbot.toml").unlink()
    new = run("calibrate", "questions.jsonl")
    assert (old.code, old.out) == (new.code, new.out)
    assert (folder / "chatbot.toml").read_text("utf-8") == saved
    assert old.err.startswith(hint("calibrate", "questions.jsonl"))


def test_options_may_come_before_the_questions_in_the_old_form(run: Run) -> None:
    """Existing scripts may have them in any order."""
    done = run("--measures", "RR", "questions.jsonl")
    assert done.code == 0
    assert "RR" in rows(done.out)
