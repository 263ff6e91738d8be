"""What the page asks of the server, and what it gets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.web.policy import policy
from tests.building import RADAR, SHIPS, write
from tests.doors import ABSENT, QUESTION, application
from tests.hostile import HOSTILE, assert_inert
from tests.markup import elements, select

TAGGED = "---\ntags: [{tag}]\ndate: {date}\nlanguage: {language}\n---\n"


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


@pytest.fixture
def own(settings: Settings) -> Iterator[tuple[Settings, TestClient, Chatbot]]:
    """A chatbot over two documents, one on radar and one on ships."""
    tags = {"radar": ("arms", "2018", "en"), "ships": ("navy", "2020-05", "de")}
    for name, text in (("radar", RADAR), ("ships", SHIPS)):
        tag, date, language = tags[name]
        head = TAGGED.format(tag=tag, date=date, language=language)
        write(settings.corpus, {f"{name}.md": head + text})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield settings, TestClient(application(chatbot)), chatbot


def ask(client: TestClient, question: str, **turn: Any) -> dict[str, Any]:
    """The answer to a turn as the page gets it."""
    response = client.post("/page/answer", json={"question": question, **turn})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


# -- the frame -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "accepted", "language", "title"),
    [
        ("", "", "en", "Ask your documents"),
        ("", "de-AT,de;q=0.9,en;q=0.5", "de", "Fragen an die Dokumente"),
        ("", "fr,en;q=0.4,de;q=0.8", "de", "Fragen an die Dokumente"),
        ("", "fr", "en", "Ask your documents"),
        ("", "de;q=x,,;", "en", "Ask your documents"),
        ("en", "de", "en", "Ask your documents"),
        ("de", "en", "de", "Fragen an die Dokumente"),
        ("../en", "de", "de", "Fragen an die Dokumente"),
    ],
)
def test_the_frame_speaks_the_readers_language(
    client: TestClient, lang: str, accepted: str, language: str, title: str
) -> None:
    """That of the switch, else the one that the browser likes best, else English."""
    found = client.get("/page/frame", params={"lang": lang}, headers={"accept-language": accepted})
    frame = found.json()
    assert (frame["language"], frame["words"]["title"]) == (language, title)
    assert [each.text for each in select(frame["html"], "h1")] == [title]


def test_the_frame_says_what_serves_at_this_moment(own: Any) -> None:
    """A build that was published after the start of the server is the one that is told of."""
    settings, client, _ = own
    assert "Answers from 2 documents" in client.get("/page/frame").json()["html"]
    (settings.corpus / "ships.md").unlink()
    build_index(settings)
    frame = client.get("/page/frame").json()
    assert "Answers from 1 document," in frame["html"]
    assert frame["build"] == ask(client, "What did the radar cost?")["build"]


def test_the_page_may_run_nothing_but_its_own_scripts(client: TestClient) -> None:
    """No inline script runs but Gradio's own, each named by its hash; nothing comes from afar."""
    response = client.get("/")
    said = response.headers["content-security-policy"]
    rules = dict(part.strip().split(" ", 1) for part in said.split(";"))
    assert rules["default-src"] == "'none'"
    assert "'unsafe-inline'" not in rules["script-src"]
    for name, rule in rules.items():
        assert not re.search(r"https?:|\*", rule), name
    inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", response.text)
    assert len(re.findall("'sha256-", rules["script-src"])) == len(inline) > 0


def test_an_inline_script_is_named_by_the_hash_of_its_text() -> None:
    """The hash is that of the specification's example: `alert('Hello, world.');`."""
    page = "<script>alert('Hello, world.');</script><script src='/x.js'></script>"
    assert "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='" in policy(page)
    assert policy(page).count("sha256-") == 1


@pytest.mark.parametrize(
    ("name", "kind"), [("chat.js", "text/javascript"), ("answer.css", "text/css")]
)
def test_the_pages_own_files_are_served(client: TestClient, name: str, kind: str) -> None:
    """Asked for again each time, so that an update is seen."""
    found = client.get(f"/page/assets/{name}")
    assert found.headers["content-type"].startswith(kind)
    assert found.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpage.py", "%2E%2E%2Fchat.py", "words", "words%2Fen.toml", ".js"]
)
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    """Only styles and scripts of the one folder."""
    assert client.get(f"/page/assets/{name}").status_code == 404


# -- answers ---------------------------------------------------------------------------------


def test_an_answer_comes_with_what_the_page_keeps(client: TestClient, demo: Chatbot) -> None:
    """The build, how it was understood, and a sentence for those who listen."""
    found = ask(client, QUESTION)
    answer = demo.ask(QUESTION)
    assert (found["build"], found["gone"], found["interpreted"]) == (answer.build, False, QUESTION)
    assert found["said"] == f"Possible match. {answer.citations[0].quote}"
    assert_inert(found["html"])
    assert len(select(found["html"], "li", kind="card")) == len(answer.citations)


def test_a_follow_up_is_understood_and_can_be_asked_as_new(client: TestClient) -> None:
    """With history it leans on what was said; as new it does not, and says so."""
    history = ["How many aircraft does Russia have?"]
    leaning = ask(client, "what about China?", history=history)
    assert leaning["interpreted"] == "what about China? (aircraft Russia)"
    alone = ask(client, "what about China?", as_new=True)
    assert alone["interpreted"] == "what about China?"
    assert "Asked as a new question" in alone["html"]


def test_an_abstention_names_the_words_that_no_document_has(own: Any) -> None:
    """And those of headings and titles that are spelled nearly so."""
    _, client, _ = own
    html = ask(client, "Who invented the shipps of zanzibar?")["html"]
    (line,) = select(html, "p", kind="hints")
    assert line.text.startswith("These words are in no document: invented, shipps, zanzibar.")
    (word,) = select(html, "button", **{"data-do": "word"})
    assert (word.attributes["data-word"], word.attributes["data-other"]) == ("shipps", "ships")


@pytest.mark.parametrize("question", ["", "?!", "x" * 5_000], ids=["empty", "no words", "long"])
def test_what_can_not_be_asked_is_answered_with_a_sentence(
    client: TestClient, question: str
) -> None:
    """As at the other doors."""
    response = client.post("/page/answer", json={"question": question})
    assert response.status_code == 400
    assert response.json()["error"] == "QuestionError"


@pytest.mark.parametrize(
    "turn",
    [
        {"question": 1},
        {"question": "x", "other": 1},
        {"question": "x", "history": "y"},
        {"question": "x", "history": ["y"] * 501},
        {"question": "x", "filters": {"colour": "red"}},
        {"question": "x", "filters": {"date_to": "soon"}},
        [],
    ],
)
def test_a_turn_that_is_none_is_refused(client: TestClient, turn: Any) -> None:
    """What a browser kept may be anything when it comes back."""
    response = client.post("/page/answer", json=turn)
    assert response.status_code in {400, 422}
    assert response.json()["message"]


# -- builds ----------------------------------------------------------------------------------


def test_a_turn_is_answered_from_the_build_that_it_was_asked_of(own: Any) -> None:
    """Even after another has come into service."""
    settings, client, _ = own
    before = ask(client, "What did the radar cost?")
    write(settings.corpus, {"radar.md": RADAR.replace("nine", "twelve")})
    build_index(settings)
    again = ask(client, "What did the radar cost?", build=before["build"])
    assert (again["build"], again["gone"]) == (before["build"], False)
    assert "nine roubles" in again["html"]
    today = ask(client, "What did the radar cost?")
    assert today["serving"] == today["build"] != before["build"]
    assert "twelve roubles" in today["html"]


@pytest.mark.parametrize("build", ["20000101T000000-000000", "..", "<script>", "\u202e"])
def test_a_build_that_is_gone_is_said_to_be_and_today_answers(
    client: TestClient, demo: Chatbot, build: str
) -> None:
    """Beside the note stands today's answer."""
    found = ask(client, QUESTION, build=build)
    assert (found["gone"], found["build"]) == (True, demo.build.name)
    (note,) = select(found["html"], "p", kind="note")
    assert note.text == "The index of that time is no longer kept. This is today's answer."
    assert select(found["html"], "blockquote")


def test_a_build_of_another_model_is_as_one_that_is_gone(own: Any) -> None:
    """Its vectors mean something else; to ask them would give nonsense."""
    settings, client, chatbot = own
    old = chatbot.build.name
    write(settings.corpus, {"more.md": "# More\n\nAnother text.\n"})
    build_index(settings)
    manifest = settings.index / "builds" / old / "manifest.json"
    assert ask(client, "What did the radar cost?")["build"] != old
    text = manifest.read_text("utf-8")
    fingerprint = chatbot.build.manifest.model_fingerprint
    manifest.write_text(text.replace(fingerprint, "0" * 64), "utf-8")
    assert ask(client, "What did the radar cost?", build=old)["gone"]


# -- context ---------------------------------------------------------------------------------


def test_the_context_of_a_passage_is_the_text_around_it(own: Any) -> None:
    """Before and after, as far as there is some."""
    _, client, chatbot = own
    text = chatbot.document("radar.md").text
    start = text.index("It went")
    place = {"doc_id": "radar.md", "start": start, "end": start + len("It went to Omsk.")}
    found = client.get("/page/context", params={**place, "build": chatbot.build.name}).json()
    assert [each.text for each in select(found["before"], "p")] == [
        "The radar cost nine roubles.",
        "Radar",
    ][::-1]
    assert found["after"] == ""


@pytest.mark.parametrize(
    "place",
    [
        {"doc_id": "nowhere", "start": 0, "end": 1},
        {"doc_id": "arms-sales.md", "start": 5, "end": 5},
        {"doc_id": "arms-sales.md", "start": -5, "end": 5},
        {"doc_id": "arms-sales.md", "start": 0, "end": 10**9},
        {"doc_id": "arms-sales.md", "start": 0, "end": 9, "build": "gone"},
    ],
)
def test_a_place_that_is_none_has_no_context(client: TestClient, place: dict[str, Any]) -> None:
    """It is said in a sentence."""
    found = client.get("/page/context", params=place)
    assert found.status_code == 404
    assert found.json()["message"].startswith("The index that this passage came from")


def test_context_is_shown_as_text(settings: Settings) -> None:
    """Whatever stands around a passage."""
    hostile = "\n\n".join(f"`{text}`" for text in HOSTILE.values() if text.isprintable())
    write(settings.corpus, {"a.md": f"# A\n\n{hostile}\n\nThe middle.\n\n{hostile}\n"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        document = chatbot.document("a.md")
        assert document
        start = document.text.index("The middle.")
        place = f"doc_id=a.md&start={start}&end={start + 11}"
        found = TestClient(application(chatbot)).get(f"/page/context?{place}").json()
    for side in ("before", "after"):
        assert_inert(found[side])
        assert "alert(1)" in found[side]


# -- filters ---------------------------------------------------------------------------------


def facets(client: TestClient, **filters: Any) -> str:
    """The filters as the page shows them."""
    found = client.post("/page/facets", json=filters)
    assert found.status_code == 200
    html: str = found.json()["html"]
    return html


def test_filters_tell_how_many_documents_each_value_admits(own: Any) -> None:
    """A choice narrows the other facets and not its own."""
    _, client, _ = own
    labels = [each.text.strip() for each in select(facets(client), "label")]
    assert labels[:4] == ["Radar 1", "Ships 1", "arms 1", "navy 1"]
    assert labels[4:8] == ["2020 1", "2018 1", "de 1", "en 1"]
    narrowed = facets(client, tag=["arms"])
    (left,) = select(narrowed, "p", kind="left")
    assert left.text == "1 document is searched"
    assert [each.text.strip() for each in select(narrowed, "label")][:2] == ["arms 1", "navy 1"]
    (chosen,) = select(narrowed, "input", checked="")
    assert chosen.attributes["value"] == "arms"


def test_a_year_is_chosen_where_both_dates_are_that_year(own: Any) -> None:
    """Its box is ticked, the other years stay to be chosen; any other range ticks none."""
    _, client, _ = own

    def ticked(**dates: str) -> list[tuple[str, bool]]:
        boxes = select(facets(client, **dates), "input", name="year")
        return [(each.attributes["value"] or "", "checked" in each.attributes) for each in boxes]

    assert ticked() == [("2020", False), ("2018", False)]
    assert ticked(date_from="2018", date_to="2018") == [("2020", False), ("2018", True)]
    assert ticked(date_from="2018", date_to="2020") == [("2020", False), ("2018", False)]
    assert ticked(date_from="2018-05", date_to="2018-05") == [("2020", False), ("2018", False)]
    (left,) = select(facets(client, date_from="2020", date_to="2020"), "p", kind="left")
    assert left.text == "1 document is searched"


def test_filters_that_leave_nothing_say_so(own: Any) -> None:
    """With what can be done."""
    _, client, _ = own
    (left,) = select(facets(client, date_from="2030"), "p", kind="left")
    assert left.text == "No document is left. Clear a filter."


def test_a_filtered_question_says_that_not_all_was_searched(own: Any) -> None:
    """When it abstains."""
    _, client, _ = own
    html = ask(client, ABSENT, filters={"tag": ["arms"]})["html"]
    (said,) = select(html, "p", kind="not-found")
    assert said.text.startswith("Not found in 1 document, built")
    assert said.text.endswith("The filters leave out the others.")


def test_values_of_filters_are_shown_as_text(settings: Settings) -> None:
    """Tags, titles and languages are the documents' own words."""
    for place, text in enumerate(('"><script>alert(1)</script>', "<img src=x onerror=alert(1)>")):
        head = f"---\ntitle: '{text}'\ntags: ['{text}']\nlanguage: '{text}'\n---\n"
        write(settings.corpus, {f"{place}.md": f"{head}\nSome words.\n"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        html = facets(TestClient(application(chatbot)))
    tags = {each.tag for each in elements(html)}
    assert not tags & {"script", "img"}
    assert sum("alert(1)" in each.text for each in select(html, "bdi")) >= 4
