"""Thumbs are checked, saved outside the index, and exported as test data."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from chatbot.assistant import Chatbot
from chatbot.cli.commands import app
from chatbot.errors import StorageError, UsageError
from chatbot.evaluation.feedback_sets import as_judgments, qrels_lines, question_lines
from chatbot.evaluation.question_set import load_question_set
from chatbot.feedback import Day, FeedbackStore, Thumb, Vote, give_feedback
from chatbot.feedback.tally import Tally
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.types import Span
from tests.adding.test_build_queue import until
from tests.closed import bound_python, read_only
from tests.doors import ABSENT, QUESTION, REFUSED, application
from tests.shared import PROJECT
from tests.web.refusals import sentence_of

FEEDBACK = "/api/v1/feedback"
FOLLOW_UP = "And at what price?"


@pytest.fixture(scope="module")
def opened(
    demo_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Chatbot, TestClient]]:
    """The demo corpus with its own feedback file, and the application."""
    path = tmp_path_factory.mktemp("feedback") / "thumbs.sqlite"
    with Chatbot.open(settings=load_settings(index=demo_index, feedback=path)) as chatbot:
        yield chatbot, TestClient(application(chatbot))


@pytest.fixture
def chatbot(opened: tuple[Chatbot, TestClient]) -> Chatbot:
    """The chatbot without any feedback yet."""
    for path in opened[0].settings.feedback_file.parent.iterdir():
        path.unlink()
    return opened[0]


@pytest.fixture
def client(opened: tuple[Chatbot, TestClient], chatbot: Chatbot) -> TestClient:
    assert chatbot is opened[0]
    return opened[1]


def stored_thumbs(chatbot: Chatbot) -> tuple[Thumb, ...]:
    return FeedbackStore(chatbot.settings.feedback_file).thumbs()


def body(chatbot: Chatbot, question: str = QUESTION, place: int = 0, **more: Any) -> dict[str, Any]:
    """The body that the page sends for a card of its answer."""
    answer = chatbot.ask(question, history=more.get("history", ()))
    cited = (answer.citations or answer.nearest)[place]
    return {
        "question": question,
        "build": answer.build,
        "doc_id": cited.doc_id,
        "passage_id": cited.passage.passage_id,
        "verdict": "up",
        **more,
    }


def send(client: TestClient, content: dict[str, Any]) -> tuple[int, Any]:
    response = client.post(
        FEEDBACK, content=json.dumps(content), headers={"content-type": "application/json"}
    )
    return response.status_code, response.json()


# -- saved thumbs ----------------------------------------------------------------------------


def test_a_thumb_is_saved_with_the_whole_answer(chatbot: Chatbot, client: TestClient) -> None:
    """It has question, build, time, the passages with their sentences, verdict and comment."""
    before = datetime.now(UTC)
    answer = chatbot.ask(FOLLOW_UP, history=[QUESTION])
    request = body(
        chatbot, FOLLOW_UP, 1, history=[QUESTION], verdict="down", comment=" Too old.\0 "
    )
    status, response = send(client, request)
    cited = (answer.citations or answer.nearest)[1]
    assert (status, response) == (
        200,
        {
            "verdict": "down",
            "build": answer.build,
            "doc_id": cited.doc_id,
            "passage_id": cited.passage.passage_id,
            "quote": cited.quote,
        },
    )
    (thumb,) = stored_thumbs(chatbot)
    assert (thumb.question, thumb.history) == (FOLLOW_UP, (QUESTION,))
    assert thumb.interpreted_question == answer.interpreted_question != FOLLOW_UP
    assert (thumb.vote, thumb.comment, thumb.build) == ("down", "Too old.", answer.build)
    assert (thumb.span, thumb.quote) == (cited.span, cited.quote)
    citations = [
        citation
        for card in (answer.citations or answer.nearest)
        for citation in (card, *card.further)
    ]
    assert list(thumb.shown) == [
        (citation.doc_id, citation.span, citation.quote) for citation in citations
    ]
    moment = datetime.fromisoformat(thumb.time)
    assert before - timedelta(seconds=1) <= moment <= datetime.now(UTC)


def test_nothing_about_the_person_is_saved(chatbot: Chatbot, client: TestClient) -> None:
    """The file has neither the address nor the browser's headers nor the voice."""
    headers = {"user-agent": "Curious/1.0", "x-forwarded-for": "192.0.2.77", "cookie": "id=4711"}
    client.post(FEEDBACK, json=body(chatbot, voice="purple-giraffe"), headers=headers)
    (thumb,) = stored_thumbs(chatbot)
    written = b"".join(
        path.read_bytes() for path in chatbot.settings.feedback_file.parent.glob("thumbs.sqlite*")
    )
    assert thumb.quote.encode() in written
    for secret in (b"Curious", b"192.0.2.77", b"testclient", b"4711", b"giraffe"):
        assert secret not in written


def test_a_second_thumb_replaces_the_first(chatbot: Chatbot, client: TestClient) -> None:
    """It replaces one of the same voice, or of none; another passage or history doesn't count."""
    for verdict in ("up", "down"):
        send(client, body(chatbot, verdict=verdict, comment=verdict))
    assert [(thumb.vote, thumb.comment) for thumb in stored_thumbs(chatbot)] == [("down", "down")]
    send(client, body(chatbot, place=1))
    send(client, body(chatbot, history=["Who sells arms?"]))
    assert len(stored_thumbs(chatbot)) == 3
    for verdict in ("up", "down", "up"):
        send(client, body(chatbot, verdict=verdict, voice="a"))
        send(client, body(chatbot, verdict=verdict, voice="b"))
    assert [thumb.vote for thumb in stored_thumbs(chatbot)].count("up") == 4
    assert len(stored_thumbs(chatbot)) == 5


def test_a_thumb_can_be_withdrawn(chatbot: Chatbot, client: TestClient) -> None:
    """Only the voice's own; withdrawing twice does no harm."""
    for voice in ("a", "b"):
        send(client, body(chatbot, voice=voice, comment=voice))
    for _ in range(2):
        status, response = send(client, body(chatbot, verdict="none", voice="a"))
        assert (status, response["verdict"]) == (200, "none")
        assert [thumb.comment for thumb in stored_thumbs(chatbot)] == ["b"]


@pytest.mark.parametrize("question", [QUESTION, ABSENT])
def test_a_whole_answer_can_be_judged_and_a_refusal_too(
    chatbot: Chatbot, client: TestClient, question: str
) -> None:
    """It names no passage, and is no judgment of a document."""
    send(client, body(chatbot, question) | {"doc_id": "", "passage_id": ""})
    (thumb,) = stored_thumbs(chatbot)
    assert (thumb.question, thumb.doc_id, thumb.quote, thumb.span) == (question, "", "", (0, 0))
    assert thumb.shown
    assert as_judgments(stored_thumbs(chatbot)).questions == ()


def test_closest_passages_can_be_judged(chatbot: Chatbot, client: TestClient) -> None:
    """People complain most about an abstention that hides a good passage."""
    answer = chatbot.ask(ABSENT)
    assert answer.abstained
    status, response = send(client, body(chatbot, ABSENT))
    assert (status, response["quote"]) == (200, answer.nearest[0].quote)


def test_a_passage_that_was_not_shown_is_judged_whole(chatbot: Chatbot, client: TestClient) -> None:
    """It has no highlighted sentence, so the quote is its whole text."""
    doc_ids = [citation.doc_id for citation in chatbot.ask(QUESTION).citations]
    other = next(summary for summary in chatbot.documents() if summary.doc_id not in doc_ids)
    passage = chatbot.build.passages(chatbot.build.catalog.passage_rows(other.doc_id))[0]
    request = body(chatbot, doc_id=other.doc_id, passage_id=passage.passage_id)
    assert send(client, request)[1]["quote"] == passage.text
    (thumb,) = stored_thumbs(chatbot)
    assert thumb.span == passage.span


def test_a_thumb_is_for_the_build_that_answered(settings: Settings) -> None:
    """The build must be kept; the same passage of a later build is another ballot."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk.", "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        first = body(chatbot, "Who bought the radar?")
        for place in range(settings.keep_builds):
            note.write_text(f"The radar was sold to Kiel, lot {place}.", "utf-8")
            build_index(settings)
            expected = 200 if place < settings.keep_builds - 1 else 404
            status, response = send(client, first)
            assert status == expected
        assert response == {
            "error": {
                "code": "judged_build_gone",
                "message": f"The build '{first['build']}' is no longer kept, so its answer can't "
                f"be rated.",
                "next_step": "Ask again and rate the new answer.",
            }
        }
        send(client, body(chatbot, "Who bought the radar?"))
        assert [thumb.quote for thumb in stored_thumbs(chatbot)] == [
            "The radar was sold to Omsk.",
            "The radar was sold to Kiel, lot 2.",
        ]
        assert settings.feedback_file.parent == settings.index.parent


# -- refused thumbs --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"doc_id": "no.md"}, 404, "There is no document 'no.md' in the build "),
        ({"doc_id": "\ud800"}, 404, "There is no document '\\\\ud800' in the build "),
        ({"passage_id": "arms-sales.md#999"}, 404, "There is no passage 'arms-sales.md#999' in "),
        ({"passage_id": "arms-sales.md#00"}, 404, "There is no passage 'arms-sales.md#00' in "),
        ({"passage_id": "arms-sales.md#²"}, 404, "There is no passage 'arms-sales.md#²' in "),
        ({"passage_id": "x" * 50}, 404, "There is no passage 'xxxxx"),
        ({"build": "../.."}, 404, "The build '../..' is no longer kept"),
        ({"comment": "x" * 2_001}, 400, "The comment has 2,001 characters and the limit is 2,000."),
        ({"voice": "x" * 65}, 400, "The voice can have at most 64 characters."),
        ({"question": ""}, 400, REFUSED["empty"][1]),
        ({"question": "x" * 100_000}, 400, REFUSED["100,000 characters"][1]),
        ({"top_k": 101}, 400, "top_k can't be 101. Choose 1 to 100."),
        ({"verdict": "sideways"}, 422, "The request is invalid (body.verdict: Input should be"),
        ({"verdict": True}, 422, "The request is invalid (body.verdict: Input should be"),
        ({"doc_id": 5}, 422, "The request is invalid (body.doc_id: Input should be"),
        ({"build": 5}, 422, "The request is invalid (body.build: Input should be"),
        ({"comment": ["x"]}, 422, "The request is invalid (body.comment: Input should be"),
        ({"history": "x"}, 422, "The request is invalid (body.history: Input should be"),
        ({"user": "me"}, 422, "The request is invalid (body.user: Extra inputs are not"),
    ],
    ids=str,
)
def test_an_invalid_thumb_is_refused_and_not_saved(
    chatbot: Chatbot, client: TestClient, change: dict[str, Any], status: int, message: str
) -> None:
    """The message names the problem."""
    request = {**body(chatbot), "doc_id": "arms-sales.md", "passage_id": "arms-sales.md#0"}
    assert send(client, request)[0] == 200
    chatbot.settings.feedback_file.unlink()
    code, response = send(client, request | change)
    assert (code, sentence_of(response)[: len(message)]) == (status, message)
    assert stored_thumbs(chatbot) == ()


def test_python_refuses_an_unknown_verdict_too(chatbot: Chatbot) -> None:
    """Only this check stops it if no type checker runs."""
    with pytest.raises(UsageError, match="The verdict must be 'up', 'down' or 'none', not 'yes'"):
        give_feedback(chatbot, QUESTION, doc_id="x", passage_id="x#0", verdict="yes")  # type: ignore[arg-type]


def test_thumbs_can_be_sent_but_not_read(client: TestClient) -> None:
    """Not everyone who can reach the server may read them."""
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = client.request(method, FEEDBACK)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST, OPTIONS"


def test_a_long_comment_in_any_script_is_saved_whole(chatbot: Chatbot, client: TestClient) -> None:
    """All 2,000 characters are saved."""
    comment = "防空🚀é" * 500
    send(client, body(chatbot, comment=comment))
    assert [thumb.comment for thumb in stored_thumbs(chatbot)] == [comment]


def test_a_read_only_folder_is_reported(demo_index: Path, tmp_path: Path) -> None:
    """The error names the file and the setting; questions are still answered."""
    closed = tmp_path / "closed"
    closed.mkdir()
    code = (
        "import sys; from chatbot import Chatbot, give_feedback, load_settings\n"
        "from chatbot.errors import StorageError\n"
        f"chatbot = Chatbot.open(settings=load_settings(index={str(demo_index)!r}))\n"
        f"cited = chatbot.ask({QUESTION!r}).citations[0]\n"
        "try: give_feedback(chatbot, 'Who?', doc_id=cited.doc_id,"
        " passage_id=cited.passage.passage_id, verdict='up')\n"
        "except StorageError as failure: print(failure)"
    )
    path = closed / "thumbs.sqlite"
    with read_only(closed):
        done = bound_python("-c", code, CHATBOT_FEEDBACK=str(path))
    assert done.stdout == (
        f"The feedback file {path} can't be written (unable to open database file). "
        f"Make it writable, or name another in the setting feedback.\n"
    )


def test_a_foreign_file_is_reported(tmp_path: Path) -> None:
    """Neither another file nor one of a later version is overwritten."""
    path = tmp_path / "thumbs.sqlite"
    path.write_text("These are no thumbs at all, but a letter to a friend. " * 9)
    with pytest.raises(StorageError, match=r"can't be read \(file is not a database\)\. Make it"):
        FeedbackStore(path).thumbs()
    with pytest.raises(StorageError, match="can't be written"):
        FeedbackStore(path).count({("2026-01-01", "none"): 1})
    assert path.read_text().startswith("These are no thumbs")
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")
    for use in (FeedbackStore(path).thumbs, lambda: FeedbackStore(path).days(1)):
        with pytest.raises(StorageError, match="was written by a later version of the chatbot"):
            use()


def test_several_processes_save_thumbs_at_once(chatbot: Chatbot) -> None:
    """No thumb is lost and no process waits forever, even if no file exists yet."""
    code = (
        "import sys; from chatbot import Chatbot, give_feedback, load_settings\n"
        f"chatbot = Chatbot.open({str(chatbot.settings.index)!r})\n"
        f"cited = chatbot.ask({QUESTION!r}).citations\n"
        "for n in range(20): give_feedback(chatbot, 'Who?', doc_id=cited[0].doc_id, verdict='up',"
        " passage_id=cited[0].passage.passage_id, voice=sys.argv[1] + str(n))"
    )
    path = str(chatbot.settings.feedback_file)

    def run(name: str) -> int:
        environment = {**os.environ, "CHATBOT_FEEDBACK": path}
        command = [sys.executable, "-c", code, name]
        return subprocess.run(command, env=environment, check=True).returncode

    with ThreadPoolExecutor(3) as threads:
        assert [*threads.map(run, "abc")] == [0, 0, 0]
    assert len(stored_thumbs(chatbot)) == 60


# -- counts ----------------------------------------------------------------------------------


def test_counts_of_several_writers_add_up(tmp_path: Path) -> None:
    """The latest day comes first, and at most the requested number of days is returned."""
    path = tmp_path / "thumbs.sqlite"
    FeedbackStore(path).count({("2026-01-01", "strong"): 2, ("2026-01-02", "none"): 1})
    FeedbackStore(path).count({("2026-01-01", "strong"): 3, ("2026-01-01", "possible"): 4})
    FeedbackStore(path).count({("2025-12-31", "none"): 7})
    assert FeedbackStore(path).days(2) == (
        Day("2026-01-02", strong=0, possible=0, none=1),
        Day("2026-01-01", strong=5, possible=4, none=0),
    )
    assert FeedbackStore(tmp_path / "nowhere.sqlite").days(2) == ()
    assert not (tmp_path / "nowhere.sqlite").exists()


def test_counting_goes_on_after_the_file_could_not_be_written_for_a_while(
    chatbot: Chatbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk may be full, or a backup may hold the file; no question is left out."""
    monkeypatch.setattr("chatbot.feedback.tally._DELAY_SECONDS", 0.01)
    store = FeedbackStore(tmp_path / "later" / "thumbs.sqlite")
    tally, answer = Tally(store), chatbot.ask(QUESTION)
    tally.record(answer)
    until(lambda: tally._failed)
    (tmp_path / "later").mkdir()
    tally.record(answer)
    until(lambda: store.days(1))
    (day,) = store.days(1)
    assert day.strong + day.possible == 2


# -- export ----------------------------------------------------------------------------------


def thumb(question: str, doc_id: str, quote: str, vote: Vote, number: int, **more: Any) -> Thumb:
    return Thumb(
        ballot=str(number),
        time=f"2026-01-01T00:00:{number:02}.000+00:00",
        build=more.pop("build", "b1"),
        question=question,
        history=more.pop("history", ()),
        interpreted_question=question,
        shown=(),
        doc_id=doc_id,
        passage_id=f"{doc_id}#0",
        span=Span(0, 1),
        quote=quote,
        vote=vote,
        comment="",
    )


def test_the_majority_decides_and_then_the_latest() -> None:
    """Builds count together; a document is relevant if any of its sentences is."""
    cast = [
        thumb("Who?", "a.md", "One.", "up", 1),
        thumb("Who?", "a.md", "One.", "down", 2, build="b2"),
        thumb("Who?", "a.md", "One.", "up", 3),
        thumb("Who?", "a.md", "Two.", "up", 4),
        thumb("Who?", "a.md", "Two.", "down", 5),
        thumb("Who?", "b c.md", "Six.", "down", 6),
        thumb("Who?", "d.md", "...", "down", 7),
        thumb("Who?", "d.md", "...", "up", 8),
        thumb("Why?", "a.md", "One.", "down", 9),
        thumb("Why?", "a.md", "One.", "up", 10, history=("Who?",)),
    ]
    judgments = as_judgments(cast)
    assert [
        (question.question, [(q.doc_id, q.quote, q.grade, q.up, q.down) for q in question.relevant])
        for question in judgments.questions
    ] == [
        (
            "Who?",
            [
                ("a.md", "One.", 1, 2, 1),
                ("a.md", "Two.", 0, 1, 1),
                ("b c.md", "Six.", 0, 0, 1),
                ("d.md", "...", 1, 1, 1),
            ],
        ),
        ("Why?", [("a.md", "One.", 0, 0, 1)]),
        ("Why?", [("a.md", "One.", 1, 1, 0)]),
    ]
    first_id, second_id, third_id = (question.id for question in judgments.questions)
    assert (judgments.thumbs, judgments.none_helpful, judgments.disputed) == (10, (second_id,), 3)
    assert len({first_id, second_id, third_id}) == 3
    assert "".join(qrels_lines(judgments)) == (
        f"{first_id} 0 a.md 1\n{first_id} 0 b%20c.md 0\n{first_id} 0 d.md 1\n"
        f"{second_id} 0 a.md 0\n{third_id} 0 a.md 1\n"
    )
    lines = [json.loads(line) for line in question_lines(judgments)]
    assert lines[0]["relevant"][3] == {"doc_id": "d.md", "grade": 1}
    assert lines[2] == {
        "id": third_id,
        "question": "Why?",
        "history": ["Who?"],
        "relevant": [{"doc_id": "a.md", "quote": "One.", "grade": 1}],
    }


def test_exported_thumbs_are_evaluated(
    chatbot: Chatbot, client: TestClient, tmp_path: Path
) -> None:
    """Thumbs go from HTTP to `chatbot evaluate`; the expected measure is by hand."""
    send(client, body(chatbot, QUESTION, 0))
    send(client, body(chatbot, QUESTION, 1, verdict="down"))
    send(client, body(chatbot, "Who trains with whom?", 1))
    send(client, body(chatbot, "Why was Russia sanctioned in 2014?", verdict="down"))
    index = str(chatbot.settings.index)
    path = str(chatbot.settings.feedback_file)
    question_file, qrels = tmp_path / "asked.jsonl", tmp_path / "qrels.txt"
    exported = CliRunner().invoke(
        app,
        ["feedback", "export", "--index", index, "--qrels", str(qrels)],
        env={"CHATBOT_FEEDBACK": path},
    )
    assert exported.exit_code == 0
    question_file.write_text(exported.stdout, "utf-8")
    questions = load_question_set(question_file)
    assert [question.text for question in questions] == [QUESTION, "Who trains with whom?"]
    left_out = json.loads(exported.stdout.splitlines()[2])["id"]
    assert exported.stderr.splitlines() == [
        "4 thumbs on 3 questions: 2 with a helpful passage, 1 without.",
        (
            f"{left_out} has no helpful passage, so chatbot evaluate leaves it out: "
            f"Why was Russia sanctioned in 2014?"
        ),
    ]
    judged = [*ir_measures.read_trec_qrels(str(qrels))]
    assert [judgment.relevance for judgment in judged] == [1, 0, 1, 0]
    assert judged[3].query_id == left_out
    done = CliRunner().invoke(
        app,
        ["evaluate", "run", str(question_file), "--index", index, "--measures", "RR@10", "--json"],
    )
    assert done.exit_code == 0
    # The right document is first for one question and second for the other: (1 + ½) / 2.
    figures = json.loads(done.stdout)
    assert figures["measures"]["RR@10"] == pytest.approx(0.75)


def test_exported_json_counts_every_vote(chatbot: Chatbot, client: TestClient) -> None:
    """JSON has the same judgments with their thumbs."""
    for voice, verdict in (("a", "up"), ("b", "down"), ("c", "up")):
        send(client, body(chatbot, verdict=verdict, voice=voice))
    done = CliRunner().invoke(
        app,
        ["feedback", "export", "--json", "--index", str(chatbot.settings.index)],
        env={"CHATBOT_FEEDBACK": str(chatbot.settings.feedback_file)},
    )
    fields = json.loads(done.stdout)
    (judged,) = fields["questions"][0]["relevant"]
    assert (judged["grade"], judged["up"], judged["down"]) == (1, 2, 1)
    assert (fields["thumbs"], fields["none_helpful"], fields["disputed"]) == (3, [], 1)


def test_an_empty_store_is_reported(tmp_path: Path) -> None:
    """It prints one sentence, exits with 1, and creates no file."""
    path, qrels = tmp_path / "x-feedback.sqlite", tmp_path / "qrels.txt"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "chatbot", "feedback", "export"),
            *("--index", str(tmp_path / "x"), "--qrels", str(qrels)),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"{path} has no feedback on passages yet. "
        f"Give some in the chat or with POST /api/v1/feedback.\n"
    )
    assert [*tmp_path.iterdir()] == []
