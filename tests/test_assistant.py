"""The facade on the demo corpus with the real model."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chatbot.answers import Answer
from chatbot.assistant import Chatbot
from chatbot.errors import IndexMismatch, IndexMissing, QuestionError, UsageError
from chatbot.index import layout
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.filters import as_filters
from chatbot.settings import Settings, load_settings
from chatbot.types import Filters
from tests.index.manifests import change_manifest

QUESTION = "Which air defence system did Russia sell to China?"
ABSENT = "What is the population of Beijing?"
QUESTIONS = (
    QUESTION,
    ABSENT,
    "What is the grey zone?",
    "Who trains with whom?",
    "Why was Russia sanctioned in 2014?",
    "joint naval exercises",
    "How do the two countries cooperate in space?",
    "What limits the partnership?",
)


def timeless(answer: Answer) -> Answer:
    """The answer without its timings."""
    return dataclasses.replace(answer, timings={})


# -- answers ---------------------------------------------------------------------------------


def test_an_answer_has_its_question_build_and_scope(demo: Chatbot) -> None:
    """It has the interpreted question and the number of documents searched."""
    answer = demo.ask(f" {QUESTION}\n")
    assert answer.question == answer.interpreted_question == QUESTION
    assert answer.build == demo.build.name
    assert answer.searched_documents == len(demo.documents()) == 17


def test_an_answer_has_as_many_cards_as_asked_for(demo: Chatbot) -> None:
    """The default comes from the settings; no document has two cards."""
    assert len(demo.ask(QUESTION).citations) == demo.settings.top_k == 5
    for top_k in (1, 3, 17):
        cited = demo.ask(QUESTION, top_k=top_k).citations
        assert len({citation.doc_id for citation in cited}) == len(cited) == top_k


def test_an_absent_answer_makes_the_chatbot_abstain(demo: Chatbot) -> None:
    """The closest passages are kept apart from citations."""
    answer = demo.ask(ABSENT)
    assert (answer.abstained, answer.verdict, answer.citations) == (True, "none", ())
    assert len(answer.nearest) == 5
    assert answer.confidence < demo.settings.abstain_below


def test_a_present_answer_is_given(demo: Chatbot) -> None:
    """It has citations, one of which names the system, and no closest passages."""
    answer = demo.ask(QUESTION)
    assert not answer.abstained
    assert answer.verdict in {"strong", "possible"}
    assert answer.nearest == ()
    assert any("S-400" in citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    ("thresholds", "verdict"),
    [
        ({"abstain_below": 1.0, "strong_from": 1.0}, "none"),
        ({"abstain_below": 0.0, "strong_from": 1.0}, "possible"),
        ({"abstain_below": 0.0, "strong_from": 0.0}, "strong"),
    ],
)
def test_thresholds_are_those_of_the_settings(
    demo: Chatbot, demo_index: Path, thresholds: dict[str, float], verdict: str
) -> None:
    """Users decide which confidence is strong and which is too low."""
    with Chatbot.open(settings=load_settings(index=demo_index, **thresholds)) as chatbot:
        answer = chatbot.ask(QUESTION)
    assert answer.verdict == verdict
    assert answer.confidence == demo.ask(QUESTION).confidence


def test_the_same_question_gets_the_same_answer(demo: Chatbot, demo_index: Path) -> None:
    """A second chatbot over the same build gives the same answer, too."""
    first = timeless(demo.ask(QUESTION))
    assert timeless(demo.ask(QUESTION)) == first
    with Chatbot.open(demo_index) as other:
        assert timeless(other.ask(QUESTION)) == first


def test_timings_name_every_stage(demo: Chatbot) -> None:
    """Times are in milliseconds; the total is at least their sum."""
    timings = dict(demo.ask(QUESTION).timings)
    assert list(timings) == ["encode", "search", "reading", "evidence", "confidence", "total"]
    total = timings.pop("total")
    assert 0 <= sum(timings.values()) <= total + 0.01


def test_answers_are_the_same_from_eight_threads(demo: Chatbot) -> None:
    """Concurrent questions don't affect each other."""
    alone = [timeless(demo.ask(question)) for question in QUESTIONS]
    with Chatbot.open(settings=demo.settings) as fresh, ThreadPoolExecutor(8) as threads:
        together = list(threads.map(fresh.ask, QUESTIONS * 4))
    assert [timeless(answer) for answer in together] == alone * 4


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (lambda a: a, "verdict"),
        (lambda a: a.citations[0], "quote"),
        (lambda a: a.citations[0].passage, "text"),
        (lambda a: a.citations[0].why, "dense"),
        (lambda a: a.citations[0].metadata, "date"),
    ],
    ids=["answer", "citation", "passage", "why", "metadata"],
)
def test_results_can_not_be_changed(demo: Chatbot, part: Any, field: str) -> None:
    """Every part of an answer is frozen."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(part(demo.ask(QUESTION)), field, "other")


# -- the ranking and the documents -----------------------------------------------------------


def test_retrieve_returns_passages_and_ask_documents(demo: Chatbot) -> None:
    """The ranking has several passages of a document, and never abstains."""
    cited = demo.retrieve(QUESTION, top_k=20)
    assert [citation.marker for citation in cited] == list(range(1, 21))
    assert len({citation.passage.passage_id for citation in cited}) == 20
    assert len({citation.doc_id for citation in cited}) < 20
    first = demo.retrieve(QUESTION, top_k=1, read=True)[0]
    assert first.passage == demo.ask(QUESTION).citations[0].passage
    assert len(demo.retrieve(ABSENT)) == 5


def test_documents_are_listed_by_id_with_their_metadata(demo: Chatbot) -> None:
    """The list has all documents of the corpus; a single document has its text."""
    listed = demo.documents()
    assert [summary.doc_id for summary in listed] == sorted(summary.doc_id for summary in listed)
    assert {summary.doc_id for summary in listed} == {
        path.name for path in Path(demo.build.manifest.corpus).iterdir()
    }
    assert sum(summary.passages for summary in listed) == demo.build.manifest.passages
    arms = demo.document("arms-sales.md")
    assert arms
    assert arms.title == "Arms sales from Russia to China"
    assert arms.metadata.tags == ("arms", "partnership")
    assert demo.document("no-such.md") is None


@pytest.mark.parametrize("top_k", [0, -1, 101])
def test_a_top_k_out_of_range_is_refused(demo: Chatbot, top_k: int) -> None:
    """`ask` and `retrieve` both name the range, and accept its ends."""
    for question in (demo.ask, demo.retrieve):
        with pytest.raises(UsageError, match=rf"^top_k can't be {top_k}\. Choose 1 to 100\.$"):
            question(QUESTION, top_k=top_k)
    assert len(demo.retrieve(QUESTION, top_k=100)) == 100


def test_a_question_that_can_not_be_asked_is_refused(demo: Chatbot) -> None:
    """`ask` and `retrieve` both refuse it before the search."""
    for question in (demo.ask, demo.retrieve):
        with pytest.raises(QuestionError, match="no words"):
            question("  ?! ")
        with pytest.raises(QuestionError, match="100,000 characters"):
            question("x" * 100_000)


# -- filters ---------------------------------------------------------------------------------


def test_filters_hold_inside_both_arms(demo_index: Path) -> None:
    """At depth 10, passages that no unfiltered arm reaches still fill the list."""
    with Chatbot.open(settings=load_settings(index=demo_index, depth=10)) as chatbot:
        unfiltered = {citation.doc_id for citation in chatbot.retrieve(QUESTION, top_k=10)}
        far = [
            summary.doc_id for summary in chatbot.documents() if summary.doc_id not in unfiltered
        ]
        assert len(far) >= 6
        cited = chatbot.retrieve(QUESTION, filters={"document": far}, top_k=10)
        assert len(cited) == 10
        assert {citation.doc_id for citation in cited} <= {*far}
        answer = chatbot.ask(QUESTION, filters={"document": far}, top_k=5)
    citations = answer.citations or answer.nearest
    assert len(citations) == 5
    assert {citation.doc_id for citation in citations} <= {*far}
    assert answer.searched_documents == len(far)


@pytest.mark.parametrize(
    "filters",
    [{"tag": "arms"}, {"tag": ["arms"]}, {"tag": ("arms",)}, Filters(tag=("arms",))],
    ids=repr,
)
def test_filters_can_be_given_in_several_ways(demo: Chatbot, filters: Any) -> None:
    """There may be one value or several, in a mapping or in `Filters`."""
    expected = {summary.doc_id for summary in demo.documents() if "arms" in summary.metadata.tags}
    assert {summary.doc_id for summary in demo.documents(filters)} == expected
    assert {citation.doc_id for citation in demo.retrieve(QUESTION, filters=filters)} <= expected
    assert demo.ask(QUESTION, filters=filters).searched_documents == len(expected) > 0


def test_filters_that_admit_nothing_find_nothing(demo: Chatbot) -> None:
    """The answer says that nothing was searched."""
    answer = demo.ask(QUESTION, filters={"tag": "zeppelins"})
    assert (answer.abstained, answer.confidence, answer.nearest) == (True, 0.0, ())
    assert answer.searched_documents == 0
    assert demo.retrieve(QUESTION, filters={"tag": "zeppelins"}) == ()


def test_an_unknown_filter_is_refused(demo: Chatbot) -> None:
    """The message lists the known ones."""
    message = (
        "^There is no filter 'colour'. Choose from: document, folder, tag, source, language, "
        r"date_from, date_to\.$"
    )
    for question in (demo.ask, demo.retrieve):
        with pytest.raises(UsageError, match=message):
            question(QUESTION, filters={"colour": "red"})
    with pytest.raises(UsageError, match=message):
        demo.documents({"colour": "red"})


@pytest.mark.parametrize("text", ["banana", "2018-5", "05.2018", "", ["2018"], "2018-05-31T00:00"])
def test_an_invalid_date_is_refused(text: Any) -> None:
    """Dates compare as text, so any other text would silently admit all or nothing."""
    with pytest.raises(UsageError, match=r"^date_from can't be .+\. Write 2018, 2018-05 or"):
        as_filters({"date_from": text})


@pytest.mark.parametrize("day", ["2018", "2018-05", "2018-05-31", 2018, date(2018, 5, 31)])
def test_a_date_may_be_a_year_a_month_or_a_day(day: Any) -> None:
    """It may be text or a Python value."""
    assert as_filters({"date_to": day}) == Filters(date_to=str(day))


def test_a_filter_with_undecodable_bytes_matches_nothing(demo: Chatbot) -> None:
    """Bytes on a command line or in a file name may be invalid text."""
    assert as_filters({"document": "\udcff.txt"}).document == ("\\udcff.txt",)
    assert demo.retrieve(QUESTION, filters={"tag": "\udcff"}) == ()


# -- opening and following an index ----------------------------------------------------------

ASK = """
import json
from chatbot import retrieve
found = [retrieve("Which air defence system did Russia sell to China?", top_k=3) for _ in "12"]
assert found[0] == found[1]
print(json.dumps([each.passage.passage_id for each in found[0]]))
"""


@pytest.mark.parametrize("location", ["./index", "CHATBOT_INDEX"])
def test_the_function_retrieve_opens_the_index_in_the_settings(
    demo: Chatbot, demo_index: Path, tmp_path: Path, location: str
) -> None:
    """It is CHATBOT_INDEX, or else ./index; a second call gives the same."""
    environment = {name: value for name, value in os.environ.items() if name != "CHATBOT_INDEX"}
    if location == "CHATBOT_INDEX":
        environment[location] = str(demo_index)
    else:
        shutil.copytree(demo_index, tmp_path / location)
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    expected = [citation.passage.passage_id for citation in demo.retrieve(QUESTION, top_k=3)]
    assert json.loads(done.stdout) == expected


def test_a_missing_index_is_reported_with_the_next_step(tmp_path: Path) -> None:
    """The message has the command that builds one."""
    with pytest.raises(IndexMissing, match=r"^No index at .+\. Build one with: chatbot build"):
        Chatbot.open(tmp_path / "none")


def test_an_index_of_another_model_is_refused(demo_index: Path, tmp_path: Path) -> None:
    """Its vectors aren't comparable; the message names the field."""
    shutil.copytree(demo_index, tmp_path / "index")
    (manifest,) = (tmp_path / "index").glob("builds/*/manifest.json")
    change_manifest(manifest, model_fingerprint="0" * 64)
    with pytest.raises(IndexMismatch, match="was built with the model"):
        Chatbot.open(tmp_path / "index")


def test_a_new_build_serves_the_next_question(settings: Settings) -> None:
    """Nothing is reopened; the earlier build can be read as long as it's kept."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk for nine roubles.", "utf-8")
    first = build_index(settings).build
    with Chatbot.open(settings=settings) as chatbot:
        assert "nine" in chatbot.ask("What did the radar cost?").citations[0].quote
        note.write_text("The radar was sold to Omsk for eleven roubles.", "utf-8")
        second = build_index(settings).build
        answer = chatbot.ask("What did the radar cost?")
        assert answer.build == second
        assert "eleven" in answer.citations[0].quote
        earlier, now = chatbot.build_named(first), chatbot.build_named("")
        assert earlier
        assert now
        assert (earlier.name, now.name) == (first, second)
        assert "nine" in getattr(earlier.document("note.txt"), "text", "")
        assert chatbot.build_named(second) is now
        assert chatbot.build_named("20000101T000000-000000") is None
        assert chatbot.build_named("../builds") is None
        earlier.close()


def test_a_build_that_can_not_serve_leaves_the_one_in_service(settings: Settings) -> None:
    """A damaged new build is refused, and the old one goes on answering."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk for nine roubles.", "utf-8")
    first = build_index(settings).build
    with Chatbot.open(settings=settings) as chatbot:
        note.write_text("The radar was sold to Omsk for eleven roubles.", "utf-8")
        build_index(settings)
        damaged = layout.current(settings.index)
        (damaged / layout.DENSE).unlink()
        for _ in range(2):
            answer = chatbot.ask("What did the radar cost?")
            assert answer.build == first
            assert "nine" in answer.citations[0].quote
        assert chatbot.build_named(damaged.name) is None
    with Chatbot.open(settings=settings) as chatbot:
        assert chatbot.build.name == first
