"""The command line: results on standard output, the rest on standard error, and exit codes."""

from __future__ import annotations

import http.client
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from chatbot.assistant import Chatbot
from chatbot.cli.commands import app, main
from chatbot.cli.options import parse_filters
from chatbot.errors import UsageError
from chatbot.index import layout
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.web.server import address_of, listening_socket
from tests.doors import ABSENT, BAD_FILTERS, QUESTION, REFUSED, UNDERSTOOD, Asked
from tests.index.manifests import change_manifest

COMMANDS = ("build", "ask", "serve", "mcp", "info", "doctor", "backup", "restore", "copy")
GROUPS = ("access", "evaluate", "feedback", "model", "users", "tokens")
EVALUATE = ("run", "compare", "calibrate", "why")
PROGRAM = [sys.executable, "-m", "chatbot"]
NOTE = "The radar was sold to Omsk for nine roubles. The sonar was sold to Kiel for ten marks."
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Result(NamedTuple):
    """The exit code of a command and its output on both streams."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The `chatbot` command, from its arguments to its exit code, in this process."""

    def command(*arguments: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["chatbot", *map(str, arguments)])
        monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)  # put back, it sets its own
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Result(code, *capfd.readouterr())

    return command


def process(*arguments: object, **options: Any) -> Result:
    """The same in another process; `options` are environment variables."""
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **options},
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def note_settings(settings: Settings) -> Settings:
    """Settings whose index has one short note."""
    (settings.corpus / "note.txt").write_text(NOTE, "utf-8")
    build_index(settings)
    return settings


def plain(text: str) -> str:
    """Terminal output without escape sequences and with plain line ends."""
    return _ESCAPES.sub("", text).replace("\r\n", "\n")


# -- help and usage --------------------------------------------------------------------------


@pytest.mark.parametrize("command", [*COMMANDS, *(f"evaluate {name}" for name in EVALUATE)])
def test_help_shows_an_example(command: str) -> None:
    """It begins with the command and uses only options that the command has."""
    help_page = CliRunner().invoke(app, [*command.split(), "--help"])
    assert (help_page.exit_code, help_page.stderr) == (0, "")
    (example,) = re.findall(rf"Example: chatbot {command} .+", help_page.stdout)
    options = re.findall(r"--[a-z-]+", example)
    assert options
    assert all(re.search(rf"^  {option}\b", help_page.stdout, re.MULTILINE) for option in options)


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ([], (*COMMANDS, *GROUPS)),
        (["evaluate"], EVALUATE),
        (["feedback"], ("export",)),
    ],
    ids=str,
)
def test_the_commands_are_listed_in_whole_sentences(group: list[str], names: Sequence[str]) -> None:
    """No description is cut off at the edge."""
    help_page = CliRunner().invoke(app, [*group, "--help"])
    listed = help_page.stdout.split("Commands:")[1].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == [*names]
    assert all(line.endswith(".") and "..." not in line for line in listed if line.strip())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["ask"],
        ["ask", "a", "b"],
        ["ask", "a", "--unknown"],
        ["ask", "a", "--index"],
        ["ask", "a", "--top-k", "many"],
        ["serve", "--port", "x"],
        ["evaluate"],
        ["evaluate", "run"],
        ["evaluate", "nothing", "questions.jsonl"],
        ["evaluate", "compare", "questions.jsonl"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(run: Run, arguments: list[str]) -> None:
    """The message is on standard error, and standard output stays empty."""
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert "Traceback" not in done.err


# -- build -----------------------------------------------------------------------------------


def test_a_build_reports_its_result(run: Run, settings: Settings) -> None:
    """It prints documents, passages and files read, and skipped files with their reasons."""
    (settings.corpus / "note.txt").write_text(NOTE, "utf-8")
    (settings.corpus / "scan.pdf").write_bytes(b"%PDF-1.4")
    done = run("build", "--corpus", settings.corpus, "--index", settings.index)
    name = layout.current(settings.index).name
    summary, files, *formats, head, skipped = done.out.splitlines()
    assert done.code == 0
    assert re.fullmatch(rf"Build {name}: 1 document, 1 passage in \d+\.\d s\.", summary)
    assert files == "Files: 1 read, 0 unchanged, 1 skipped."
    assert [line.split() for line in formats] == [
        ["format", "found", "indexed"],
        ["PDF", "1", "0"],
        ["Text", "1", "1"],
    ]
    assert head.split() == ["skipped", "why"]
    assert re.fullmatch(r"scan\.pdf +damaged: .+", skipped)
    assert "reading" in done.err
    assert "embedding" in done.err
    second = run("build", "--corpus", settings.corpus, "--index", settings.index)
    assert second.code == 0
    assert second.out.startswith(f"Nothing has changed; build {name} stays in service.\n")


def test_a_build_in_json(run: Run, note_settings: Settings) -> None:
    """The JSON has the documented fields."""
    done = run(
        "build",
        "--corpus",
        note_settings.corpus,
        "--index",
        note_settings.index,
        "--json",
        "--fresh",
    )
    fields = json.loads(done.out)
    assert fields.keys() == {
        *("build", "published", "read", "carried", "skipped", "documents", "passages"),
        *("parts", "ignored", "duplicates", "formats", "sentences", "embedded_texts", "seconds"),
        *("ignored_by", "model", "document_languages"),
    }
    assert (fields["published"], fields["read"], fields["documents"], fields["sentences"]) == (
        True,
        1,
        1,
        2,
    )
    assert fields["build"] == layout.current(note_settings.index).name


def test_skipped_files_fail_a_strict_build(run: Run, settings: Settings) -> None:
    """The exit code is 1, but the build is in service."""
    (settings.corpus / "note.txt").write_text(NOTE, "utf-8")
    build = ("build", "--strict", "--corpus", settings.corpus, "--index", settings.index)
    assert run(*build).code == 0
    (settings.corpus / "scan.pdf").write_bytes(b"%PDF-1.4")
    done = run(*build)
    assert (done.code, "1 skipped" in done.out) == (1, True)


def test_a_build_can_be_rolled_back(run: Run, note_settings: Settings) -> None:
    """The name of the build now in service is printed; the first can't be rolled back."""
    first = layout.current(note_settings.index).name
    run("build", "--fresh", "--corpus", note_settings.corpus, "--index", note_settings.index)
    done = run("build", "--rollback", "--index", note_settings.index)
    assert done == (0, f"{first}\n", "")
    assert layout.current(note_settings.index).name == first
    done = run("build", "--rollback", "--index", note_settings.index)
    assert (done.code, done.out) == (2, "")
    assert (
        done.err == f"There is no build before {first} in {note_settings.index} to roll back to.\n"
    )


def test_a_missing_corpus_is_reported(run: Run, tmp_path: Path) -> None:
    """The message names the folder and the flag."""
    done = run("build", "--corpus", tmp_path / "none", "--index", tmp_path / "index")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"There is no corpus at {tmp_path / 'none'}. "
        f"Put your documents there, or name their folder with --corpus.\n"
    )


# -- ask -------------------------------------------------------------------------------------


def test_an_answer_is_quoted_and_cited(run: Run, note_settings: Settings) -> None:
    """The sentence with its marker comes first, then the verdict, then passage and source."""
    done = run("ask", "What did the radar cost in Omsk?", "--index", note_settings.index)
    assert (done.code, done.err) == (0, "")
    best, match, blank, title, passage, place = done.out.splitlines()
    assert best == "The radar was sold to Omsk for nine roubles. [1]"
    assert re.fullmatch(r"(strong|possible) match, confidence 0\.\d\d", match)
    assert (blank, passage) == ("", NOTE)
    assert title.startswith("[1] The radar was sold to Omsk")
    assert place == "note.txt, characters 0-44"


def test_abstaining_is_reported_with_the_closest_passages(run: Run, demo: Chatbot) -> None:
    """The message has the number of documents searched; the exit code is 0."""
    done = run("ask", ABSENT, "--index", demo.settings.index, "--top-k", 2)
    message, heading, *_ = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(
        rf"No clear answer in 17 documents \(build {demo.build.name}, confidence 0\.\d\d\)\.",
        message,
    )
    assert heading == "Closest passages:"
    assert re.findall(r"^\[\d\]", done.out, re.MULTILINE) == ["[1]", "[2]"]


def test_why_shows_how_each_passage_was_ranked(run: Run, demo: Chatbot) -> None:
    """Each passage has a line with its scores, and each stage its time."""
    done = run("ask", QUESTION, "--index", demo.settings.index, "--why")
    answer = demo.ask(QUESTION)
    reasons = re.findall(
        r"^score (\d\.\d{3}): meaning rank (\S+) \((-?\d\.\d{3})\)", done.out, re.MULTILINE
    )
    assert reasons == [
        (f"{cited.score:.3f}", str(cited.why.dense_rank or "-"), f"{cited.why.dense:.3f}")
        for cited in answer.citations
    ]
    assert re.search(r"^encode .+ ms, search .+ ms, .+total .+ ms$", done.out, re.MULTILINE)
    assert "meaning rank" not in run("ask", QUESTION, "--index", demo.settings.index).out


def test_filters_hold_and_may_be_repeated(run: Run, demo: Chatbot) -> None:
    """Values of one filter are alternatives."""
    ask = ("ask", QUESTION, "--index", demo.settings.index, "--json", "--top-k", 100)
    for tags in (["arms"], ["arms", "space"]):
        filters = [part for tag in tags for part in ("--filter", f"tag={tag}")]
        fields = json.loads(run(*ask, *filters).out)
        expected = {summary.doc_id for summary in demo.documents({"tag": tags})}
        assert {citation["doc_id"] for citation in fields["citations"]} == expected
        assert fields["searched_documents"] == len(expected) > 0


def test_filters_that_admit_nothing_find_nothing(run: Run, demo: Chatbot) -> None:
    """The message says that nothing was searched."""
    done = run("ask", QUESTION, "--index", demo.settings.index, "--filter", "tag=zeppelins")
    assert done.code == 0
    assert (
        done.out
        == "No documents to search: rights or filters exclude them, or there are none yet.\n"
    )


def test_an_answer_in_json(run: Run, demo: Chatbot) -> None:
    """One object with the documented names; its quote is at its span."""
    answer = json.loads(run("ask", QUESTION, "--index", demo.settings.index, "--json").out)
    assert answer.keys() == {
        *("question", "interpreted_question", "abstained", "verdict", "confidence"),
        *("citations", "nearest", "build", "searched_documents", "corrections", "about", "timings"),
        *("question_language", "parts", "elsewhere"),
    }
    cited = answer["citations"][0]
    document = demo.document(cited["doc_id"])
    assert document
    assert document.text[slice(*cited["span"])] == cited["quote"]


# -- refusals --------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_question_that_can_not_be_asked_is_refused(
    run: Run, demo_index: Path, question: str, message: str
) -> None:
    """The message is the API's, and the exit code is 2."""
    assert run("ask", question, "--index", demo_index) == (2, "", f"{message}\n")


@pytest.mark.parametrize("example", UNDERSTOOD.values(), ids=UNDERSTOOD.keys())
def test_questions_in_any_script_are_answered(run: Run, demo_index: Path, example: Asked) -> None:
    """No script or odd character is an error; abstaining counts as an answer."""
    done = run("ask", "--index", demo_index, "--json", "--", example.question)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["question"] == example.understood


@pytest.mark.parametrize(("name", "value", "message"), BAD_FILTERS.values(), ids=BAD_FILTERS.keys())
def test_an_invalid_filter_is_refused(
    run: Run, demo_index: Path, name: str, value: str, message: str
) -> None:
    """The message is the API's, and the exit code is 2."""
    done = run("ask", "x", "--index", demo_index, "--filter", f"{name}={value}")
    assert done == (2, "", f"{message}\n")


@pytest.mark.parametrize("pair", ["tag", "tag=", "=arms", "", "tag arms"])
def test_a_filter_without_key_or_value_is_refused(pair: str) -> None:
    """The message shows a right one; unknown keys are refused later, by the chatbot."""
    if pair == "=arms":
        assert parse_filters([pair]) == {"": ["arms"]}
        return
    with pytest.raises(
        UsageError, match=r"can't be used\. Write it as KEY=VALUE, such as tag=arms\.$"
    ):
        parse_filters([pair])


def test_filters_are_read_from_pairs() -> None:
    """A value may contain an equals sign; a second date is refused."""
    pairs = ["tag=a", "source=b=c", "tag=d", "date_from=2018", "date_to=2020"]
    assert parse_filters(pairs) == {
        "tag": ["a", "d"],
        "source": ["b=c"],
        "date_from": "2018",
        "date_to": "2020",
    }
    with pytest.raises(UsageError, match=r"^The filter date_to is given twice\. Give it once\.$"):
        parse_filters(["date_to=2018", "date_to=2020"])


@pytest.mark.parametrize("top_k", [0, -1, 101])
def test_a_top_k_out_of_range_is_refused(run: Run, demo_index: Path, top_k: int) -> None:
    """The message names the range."""
    done = run("ask", "x", "--index", demo_index, "--top-k", top_k)
    assert done == (2, "", f"top_k can't be {top_k}. Choose 1 to 100.\n")


@pytest.mark.parametrize("command", [("ask", "x"), ("info",)], ids=str)
def test_a_missing_index_is_reported_with_the_next_step(
    run: Run, tmp_path: Path, command: tuple[object, ...]
) -> None:
    """Every command that needs an index reports it and exits with 1."""
    done = run(*command, "--index", tmp_path)
    message = f"No index at {tmp_path}. Build one with: chatbot build --index {tmp_path}\n"
    assert done == (1, "", message)


@pytest.mark.parametrize("command", [("ask", "x"), ("serve", "--port", 0)], ids=str)
def test_an_index_of_another_model_is_refused(
    run: Run, note_settings: Settings, command: tuple[object, ...]
) -> None:
    """The message names both models and the command."""
    manifest = layout.current(note_settings.index) / "manifest.json"
    fields = json.loads(manifest.read_text("utf-8"))
    change_manifest(manifest, model="another", model_fingerprint="f" * 64)
    done = run(*command, "--index", note_settings.index)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"The index at {note_settings.index} was built with the model another (ffffffffffff), but "
        f"all-MiniLM-L6-v2 ({fields['model_fingerprint'][:12]}) is required. "
        f"Build it again with: chatbot build --index {note_settings.index}\n"
    )


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "CHATBOT_TOPK",
            "3",
            "There is no setting CHATBOT_TOPK. docs/settings.md lists the settings",
        ),
        ("CHATBOT_TOP_K", "many", "The setting top_k can't be 'many': "),
        ("CHATBOT_PORT", "70000", "The setting port can't be '70000': "),
        ("CHATBOT_MODEL", "no-such-model", "The model no-such-model is not on this machine"),
    ],
)
def test_a_wrong_setting_is_refused(
    run: Run,
    demo_index: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    message: str,
) -> None:
    """The message names the setting and the next step."""
    monkeypatch.setenv(variable, value)
    done = run("ask", "x", "--index", demo_index)
    assert done.code in {1, 2}
    assert (done.out, done.err[: len(message)]) == ("", message)
    assert done.err.count("\n") == 1


# -- info, doctor, evaluate ------------------------------------------------------------------


def test_info_lists_what_is_indexed_and_what_was_skipped(run: Run, settings: Settings) -> None:
    """People get rows; JSON is the manifest."""
    (settings.corpus / "note.txt").write_text(NOTE, "utf-8")
    (settings.corpus / "scan.pdf").write_bytes(b"%PDF-1.4")
    name = build_index(settings).build
    done = run("info", "--index", settings.index)
    rows = dict(line.split(None, 1) for line in done.out.splitlines())
    assert rows["Text"].split() == ["1", "1"]
    assert (done.code, done.err) == (0, "")
    assert (rows["build"], rows["passages"], rows["sentences"]) == (name, "1", "2")
    assert (rows["corpus"], rows["files"]) == (str(settings.corpus), "2, of which 1 skipped")
    assert rows["scan.pdf"].startswith("damaged")
    fields = json.loads(run("info", "--index", settings.index, "--json").out)
    assert {"name", "created", "corpus", "model", "files", "documents", "skipped"} <= fields.keys()
    assert (fields["name"], fields["documents"], fields["skipped"][0]["path"]) == (
        name,
        1,
        "scan.pdf",
    )


def test_doctor_checks_every_part(demo_index: Path) -> None:
    """Each check has a line and is ok, and the exit code is 0."""
    done = process("doctor", "--index", demo_index)
    assert (done.code, done.err) == (0, "")
    checks = [line.split(None, 2) for line in done.out.splitlines()]
    parts = "model reading build files documents passages sources rights question".split()
    assert [check[:2] for check in checks] == [["ok", part] for part in parts]


def test_doctor_exits_with_1_if_a_check_fails(note_settings: Settings) -> None:
    """The detail names the file and the repair; a changed source is only a note."""
    (note_settings.corpus / "note.txt").write_text("Other words.", "utf-8")
    done = process("doctor", "--index", note_settings.index, "--json")
    assert (done.code, done.err) == (0, "")
    checks = {check["name"]: (check["outcome"], check["detail"]) for check in json.loads(done.out)}
    assert checks["sources"][0] == "note"
    assert "changed" in checks["sources"][1]
    assert {outcome for outcome, _ in checks.values()} == {"ok", "note"}
    vectors = layout.current(note_settings.index) / layout.DENSE
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"?")
    done = process("doctor", "--index", note_settings.index)
    assert (done.code, done.err) == (1, "")
    (failed,) = [line for line in done.out.splitlines() if line.startswith("failed")]
    assert "dense.faiss has changed since the build" in failed
    assert failed.endswith(f"chatbot build --fresh --index {note_settings.index}")


@pytest.fixture
def question_file(tmp_path: Path) -> Path:
    """One question that the note answers, and one judged by a document that isn't indexed."""
    path = tmp_path / "questions.jsonl"
    path.write_text(
        '{"id": "q1", "question": "Who got the radar?", "relevant": [{"doc_id": "note.txt"}]}\n'
        '{"id": "q2", "question": "Who got the sonar?", "relevant": [{"doc_id": "none.txt"}]}\n',
        "utf-8",
    )
    return path


def test_evaluate_measures_and_writes_the_run(
    run: Run, note_settings: Settings, question_file: Path
) -> None:
    """One of two questions has its document first; the run has a line per document found."""
    out = question_file.with_name("run.txt")
    measures = "Success@1 RR P@5"
    done = run(
        "evaluate",
        question_file,
        "--index",
        note_settings.index,
        "--measures",
        measures,
        "--run-out",
        out,
    )
    rows = dict(line.split(None, 1) for line in done.out.splitlines())
    assert done.code == 0
    assert (rows["Success@1"], rows["RR"], rows["P@5"]) == ("0.5000", "0.5000", "0.1000")
    assert "none.txt" in done.err
    lines = [line.split(" ") for line in out.read_text("utf-8").splitlines()]
    assert [[*line[:4], line[5]] for line in lines] == [
        ["q1", "Q0", "note.txt", "1", "chatbot"],
        ["q2", "Q0", "note.txt", "1", "chatbot"],
    ]
    fields = json.loads(
        run("evaluate", question_file, "--index", note_settings.index, "--json").out
    )
    assert fields["measures"]["Success@1"] == 0.5


def test_a_missed_bar_exits_with_3(run: Run, note_settings: Settings, question_file: Path) -> None:
    """The results are printed first, then every missed bar."""
    evaluate = ("evaluate", question_file, "--index", note_settings.index)
    assert run(*evaluate, "--fail-under", "Success@1=0.5").code == 0
    bars = [("Success@1", 0.51), ("RR@3", 0.9), ("R@10", 0.1)]
    flags = [part for name, bar in bars for part in ("--fail-under", f"{name}={bar}")]
    done = run(*evaluate, *flags)
    assert done.code == 3
    assert "Success@1" in done.out
    assert done.err.endswith("Success@1 is 0.5000, below 0.51; RR@3 is 0.5000, below 0.9.\n")


# -- streams, terminals, signals -------------------------------------------------------------


@pytest.fixture
def broken_pipe() -> Iterator[int]:
    """The writing end of a pipe without a reader."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


def test_a_closed_pipe_is_no_error(demo_index: Path, broken_pipe: int) -> None:
    """As with `head`, there is no message, and the exit code is 0."""
    done = subprocess.run(
        [*PROGRAM, "ask", QUESTION, "--json", "--index", str(demo_index)],
        stdout=broken_pipe,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path, as_json: tuple[str, ...]) -> None:
    """The exit code is 1, because the output isn't whole."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, "users", "list", "--index", str(tmp_path), *as_json],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"The disk is full")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_a_password_in_another_encoding_is_refused(tmp_path: Path, errors: str) -> None:
    """Nobody could log in with it, or the command would end with a traceback."""
    done = subprocess.run(
        [*PROGRAM, "users", "add", "anna", "--index", str(tmp_path)],
        input="pässwort sehr lang\n".encode("latin-1"),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": f"utf-8:{errors}"},
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"The password isn't text in utf-8.")
    assert done.stderr.count(b"\n") == 1


def test_a_gate_holds_with_a_closed_pipe(
    note_settings: Settings, question_file: Path, broken_pipe: int
) -> None:
    """The work after printing is still done."""
    run_out = question_file.with_name("run.txt")
    arguments = [
        "--index",
        note_settings.index,
        "--run-out",
        run_out,
        "--fail-under",
        "Success@1=0.9",
    ]
    done = subprocess.run(
        [*PROGRAM, "evaluate", str(question_file), *map(str, arguments)],
        stdout=broken_pipe,
        stderr=subprocess.PIPE,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr.endswith(b"Success@1 is 0.5000, below 0.9.\n")
    assert run_out.is_file()


def in_terminal(arguments: list[str], **variables: str) -> str:
    """The output of a command on a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", **variables},
    )
    os.close(theirs)
    written = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # on Linux, the other end is closed
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert child.wait(timeout=60) == 0
    return written.decode()


def test_a_narrow_terminal_gets_every_word(run: Run, demo_index: Path) -> None:
    """The terminal wraps the lines; only there is the best sentence highlighted."""
    arguments = ["ask", QUESTION, "--index", str(demo_index)]
    piped = run(*arguments).out
    screen = in_terminal(arguments, COLUMNS="20")
    assert plain(screen) == piped
    assert "\x1b[7m" in screen
    assert "\x1b" not in piped


def test_no_color_means_no_color(demo_index: Path) -> None:
    """With NO_COLOR set, text may be bold, dim or reversed, but has no colour."""
    arguments = ["ask", QUESTION, "--why", "--top-k", "1", "--index", str(demo_index)]
    screen = in_terminal(arguments, NO_COLOR="1")
    codes = {code for run in re.findall(r"\x1b\[([0-9;]*)m", screen) for code in run.split(";")}
    assert codes == {"0", "1", "2", "7"}


def test_a_stream_without_unicode_gets_escapes(run: Run, settings: Settings) -> None:
    """Instead of half an answer; JSON is always UTF-8."""
    (settings.corpus / "радар.txt").write_text("Радар 🚀 продан в Омск.", "utf-8")
    build_index(settings)
    arguments = ("ask", "Радар продан?", "--index", settings.index)
    whole = run(*arguments).out
    assert "радар.txt, characters 0-22" in whole
    done = process(*arguments, PYTHONIOENCODING="ascii")
    assert done == (0, whole.encode("ascii", "backslashreplace").decode(), "")
    fields = json.loads(process(*arguments, "--json", PYTHONIOENCODING="ascii").out)
    citation = (fields["citations"] or fields["nearest"])[0]
    assert citation["passage"]["text"] == "Радар 🚀 продан в Омск."


def test_escape_sequences_in_file_names_are_not_printed(run: Run, settings: Settings) -> None:
    """This holds for every command that prints file names."""
    for name in ("a\x1b[31m\n.txt", "copy\x1b]0;owned\x07.txt"):
        (settings.corpus / name).write_text(NOTE, "utf-8")
    (settings.corpus / "scan\x1b[2J.pdf").write_bytes(b"%PDF-1.4")
    built = run("build", "--corpus", settings.corpus, "--index", settings.index)
    answer = run("ask", "Who got the radar?", "--index", settings.index)
    info = run("info", "--index", settings.index)
    assert [built.code, answer.code, info.code] == [0, 0, 0]
    assert "scan[2J.pdf" in built.out
    assert "copy]0;owned.txt" in answer.out
    assert "scan[2J.pdf" in info.out
    for result in (built.out, answer.out, info.out):
        assert "\x1b" not in result
        assert "\x07" not in result


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows undecodable names")
def test_an_undecodable_name_breaks_nothing(run: Run, tmp_path: Path) -> None:
    """A folder or a file with an invalid byte is printed, for people and in JSON."""
    corpus = tmp_path / "c\udcff"
    corpus.mkdir()
    (corpus / "n\udcfe.txt").write_text(NOTE, "utf-8")
    index = tmp_path / "index"
    assert run("build", "--corpus", corpus, "--index", index).code == 0
    assert "n\\udcfe.txt, characters 0-44" in run("ask", "Who got the radar?", "--index", index).out
    assert run("info", "--index", index).code == 0
    fields = json.loads(run("info", "--index", index, "--json").out)
    assert fields["corpus"] == str(corpus)
    done = process("ask", "x", "--index", tmp_path / "\udcfd")
    assert (done.code, done.err.startswith(f"No index at {tmp_path}/\\udcfd. ")) == (1, True)


def test_undecodable_bytes_in_a_question_are_dropped(demo_index: Path) -> None:
    """A shell may pass them."""
    question = b"air \xff\xfe defence"
    done = subprocess.run(
        [*PROGRAM, "ask", "--json", "--index", demo_index, question],
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["question"] == "air defence"


def test_an_interrupt_ends_a_command_with_130(settings: Settings) -> None:
    """A build that waits for changes prints a message and no traceback."""
    (settings.corpus / "note.txt").write_text(NOTE, "utf-8")
    build = ["build", "--watch", "--corpus", str(settings.corpus), "--index", str(settings.index)]
    with subprocess.Popen(
        [*PROGRAM, *build], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        assert child.stdout.readline().startswith("Build ")
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    assert child.returncode == 130
    assert errors.endswith("\nStopped.\n")
    assert "Traceback" not in errors


def test_an_interrupt_inside_a_callback_is_not_lost() -> None:
    """Python only reports exceptions raised there; the command still stops."""
    program = """
import signal, sys, time, weakref
from chatbot.cli import commands as cli
from chatbot.ingestion import build_index as build

def interrupted(*_, **__):
    class Module: pass
    module = Module()
    going = weakref.ref(module, lambda _: signal.raise_signal(signal.SIGINT))
    del module
    time.sleep(30)

build.build_index = interrupted
sys.argv = ["chatbot", "build"]
cli.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nStopped.\n")


# -- serve -----------------------------------------------------------------------------------


def test_a_port_in_use_is_reported_with_another(run: Run, demo_index: Path) -> None:
    """The command exits with 1 before it loads anything slow."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = run("serve", "--port", port, "--index", demo_index)
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"Port {port} on 127.0.0.1 is in use. Stop the program that uses it, "
        f"or choose another with: chatbot serve --port 0\n"
    )


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (
            "no such host",
            "'no such host' isn't an address of this machine. Try --host 127.0.0.1.\n",
        ),
        ("192.0.2.1", "Can't serve on 192.0.2.1:0 ("),
    ],
)
def test_an_address_of_another_machine_is_refused(
    run: Run, demo_index: Path, host: str, message: str
) -> None:
    """The message suggests another address."""
    done = run("serve", "--port", 0, "--host", host, "--open", "--index", demo_index)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_printed_address_works_in_a_browser(host: str) -> None:
    """IPv6 addresses are in brackets."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with listening_socket(host, 0) as listener:
        parts = urlsplit(address_of(listener))
        assert (parts.scheme, parts.hostname) == ("http", host)
        assert parts.port == listener.getsockname()[1]


def test_a_server_without_an_index_says_so_and_serves(tmp_path: Path) -> None:
    """It names the build command, isn't ready, and stops as usual."""
    index = tmp_path / "none"
    with subprocess.Popen(
        [*PROGRAM, "serve", "--index", str(index), "--port", "0"], stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr
        missing, serving = child.stderr.readline(), child.stderr.readline()
        assert missing == f"No index at {index}. Build one with: chatbot build --index {index}\n"
        match = re.fullmatch(r"Serving on (http://\S+) \(Ctrl-C stops it\)\.\n", serving)
        assert match, serving
        page = http.client.HTTPConnection(urlsplit(match[1]).netloc, timeout=30)
        for path, status in (("/readyz", 503), ("/healthz", 200), ("/", 200)):
            page.request("GET", path)
            answer = page.getresponse()
            answer.read()
            assert answer.status == status
        page.close()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (0, "\nStopped.\n")


def test_a_server_prints_its_address_and_stops_quietly(demo_index: Path) -> None:
    """An interrupt ends it with exit code 0 and one word, even while a page is open."""
    serve = ["serve", "--index", str(demo_index), "--port", "0"]
    with subprocess.Popen(
        [*PROGRAM, *serve], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr
        line = child.stderr.readline()
        match = re.fullmatch(r"Serving on (http://\S+) \(Ctrl-C stops it\)\.\n", line)
        assert match, line
        page = http.client.HTTPConnection(urlsplit(match[1]).netloc, timeout=30)
        page.request("GET", "/healthz")
        assert page.getresponse().read(1) == b"{"
        child.send_signal(signal.SIGINT)
        out, errors = child.communicate(timeout=30)
        page.close()
    assert (child.returncode, out, errors) == (0, "", "\nStopped.\n")
