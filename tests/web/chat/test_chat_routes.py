"""The routes that the chat page calls."""

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
    """A chatbot over two documents, about radar and about ships."""
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
        ("", "de-AT,de;q=0.9,en;q=0.5", "de", "Fragen Sie Ihre Dokumente"),
        ("", "fr,en;q=0.4,de;q=0.8", "de", "Fragen Sie Ihre Dokumente"),
        ("", "fr", "en", "Ask your documents"),
        ("", "de;q=x,,;", "en", "Ask your documents"),
        ("en", "de", "en", "Ask your documents"),
        ("de", "en", "de", "Fragen Sie Ihre Dokumente"),
        ("../en", "de", "de", "Fragen Sie Ihre Dokumente"),
    ],
)
def test_the_frame_speaks_the_readers_language(
    client: TestClient, lang: str, accepted: str, language: str, title: str
) -> None:
    """The language of the switch, or what the browser prefers, or English."""
    response = client.get(
        "/page/frame", params={"lang": lang}, headers={"accept-language": accepted}
    )
    frame = response.json()
    assert (frame["language"], frame["words"]["title"]) == (language, title)
    assert [element.text for element in select(frame["html"], "h1")] == [title]


def test_the_frame_describes_the_build_in_service(own: Any) -> None:
    """A build published after the server started is the one in the frame."""
    settings, client, _ = own
    assert "Quotes from 2 documents" in client.get("/page/frame").json()["html"]
    (settings.corpus / "ships.md").unlink()
    build_index(settings)
    frame = client.get("/page/frame").json()
    assert "Quotes from 1 document," in frame["html"]
    assert frame["build"] == ask(client, "What did the radar cost?")["build"]


def test_the_page_may_run_nothing_but_its_own_scripts(client: TestClient) -> None:
    """Only Gradio's own inline scripts run, named by hash; nothing loads from other hosts."""
    response = client.get("/")
    header = response.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in header.split(";"))
    assert rules["default-src"] == "'none'"
    assert "'unsafe-inline'" not in rules["script-src"]
    for name, rule in rules.items():
        assert not re.search(r"https?:|\*", rule), name
    inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", response.text)
    assert len(re.findall("'sha256-", rules["script-src"])) == len(inline) > 0


def test_an_inline_script_is_named_by_the_hash_of_its_text() -> None:
    """The expected hash is that of the specification's example."""
    page = "<script>alert('Hello, world.');</script><script src='/x.js'></script>"
    assert "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='" in policy(page)
    assert policy(page).count("sha256-") == 1


@pytest.mark.parametrize(
    ("name", "kind"), [("chat.js", "text/javascript"), ("answer.css", "text/css")]
)
def test_the_pages_own_files_are_served(client: TestClient, name: str, kind: str) -> None:
    """Browsers revalidate them each time, so updates show at once."""
    response = client.get(f"/page/assets/{name}")
    assert response.headers["content-type"].startswith(kind)
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Fpage.py", "%2E%2E%2Fchat.py", "words", "words%2Fen.toml", ".js"]
)
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    """Only styles and scripts of the assets folder."""
    assert client.get(f"/page/assets/{name}").status_code == 404


# -- answers ---------------------------------------------------------------------------------


def test_an_answer_comes_with_the_facts_that_the_page_keeps(
    client: TestClient, demo: Chatbot
) -> None:
    """The build, the interpretation, and a sentence for screen readers."""
    shown = ask(client, QUESTION)
    answer = demo.ask(QUESTION)
    assert (shown["build"], shown["gone"], shown["interpreted"]) == (answer.build, False, QUESTION)
    assert shown["said"] == f"Possible match. {answer.citations[0].quote}"
    assert_inert(shown["html"])
    assert len(select(shown["html"], "li", kind="card")) == len(answer.citations)


def test_a_follow_up_is_interpreted_and_can_be_asked_without_context(client: TestClient) -> None:
    """History changes its interpretation; asked as new, it stands alone and says so."""
    history = ["How many aircraft does Russia have?"]
    leaning = ask(client, "what about China?", history=history)
    assert leaning["interpreted"] == "what about China? (aircraft Russia)"
    alone = ask(client, "what about China?", as_new=True)
    assert alone["interpreted"] == "what about China?"
    assert "Asked without the earlier questions." in alone["html"]


def test_an_abstention_names_the_words_that_no_document_has(own: Any) -> None:
    """It offers similar words from titles and headings."""
    _, client, _ = own
    html = ask(client, "Who invented the shipps of zanzibar?")["html"]
    (line,) = select(html, "p", kind="hints")
    assert line.text.startswith("These words aren't in any document: invented, shipps, zanzibar.")
    (word,) = select(html, "button", **{"data-do": "word"})
    assert (word.attributes["data-word"], word.attributes["data-other"]) == ("shipps", "ships")


@pytest.mark.parametrize("question", ["", "?!", "x" * 5_000], ids=["empty", "no words", "long"])
def test_an_unusable_question_is_refused_with_a_sentence(client: TestClient, question: str) -> None:
    """As in the API and on the command line."""
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
def test_a_malformed_turn_is_refused(client: TestClient, turn: Any) -> None:
    """A browser's storage may hold anything."""
    response = client.post("/page/answer", json=turn)
    assert response.status_code in {400, 422}
    assert response.json()["message"]


# -- builds ----------------------------------------------------------------------------------


def test_a_turn_is_answered_from_the_build_that_it_names(own: Any) -> None:
    """Even after a newer build is in service."""
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
def test_a_missing_build_is_noted_and_the_current_one_answers(
    client: TestClient, demo: Chatbot, build: str
) -> None:
    """The answer follows the note."""
    answer = ask(client, QUESTION, build=build)
    assert (answer["gone"], answer["build"]) == (True, demo.build.name)
    (note,) = select(answer["html"], "p", kind="note")
    assert note.text == "That version is gone; this answer uses the current documents."
    assert select(answer["html"], "blockquote")


def test_a_build_of_another_model_counts_as_missing(own: Any) -> None:
    """The question's vector means nothing among its vectors."""
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
    """Before and after, if there is any."""
    _, client, chatbot = own
    text = chatbot.document("radar.md").text
    start = text.index("It went")
    place = {"doc_id": "radar.md", "start": start, "end": start + len("It went to Omsk.")}
    data = client.get("/page/context", params={**place, "build": chatbot.build.name}).json()
    assert [element.text for element in select(data["before"], "p")] == [
        "The radar cost nine roubles.",
        "Radar",
    ][::-1]
    assert data["after"] == ""


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
def test_an_invalid_place_has_no_context(client: TestClient, place: dict[str, Any]) -> None:
    """The response is a sentence."""
    response = client.get("/page/context", params=place)
    assert response.status_code == 404
    assert response.json()["message"].startswith("The documents have been updated since")


def test_context_is_shown_as_text(settings: Settings) -> None:
    """The surrounding text is escaped."""
    hostile = "\n\n".join(f"`{text}`" for text in HOSTILE.values() if text.isprintable())
    write(settings.corpus, {"a.md": f"# A\n\n{hostile}\n\nThe middle.\n\n{hostile}\n"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        document = chatbot.document("a.md")
        assert document
        start = document.text.index("The middle.")
        place = f"doc_id=a.md&start={start}&end={start + 11}"
        data = TestClient(application(chatbot)).get(f"/page/context?{place}").json()
    for side in ("before", "after"):
        assert_inert(data[side])
        assert "alert(1)" in data[side]


# -- filters ---------------------------------------------------------------------------------


def facets(client: TestClient, **filters: Any) -> str:
    """The filters as the page shows them."""
    response = client.post("/page/facets", json=filters)
    assert response.status_code == 200
    html: str = response.json()["html"]
    return html


def test_filters_show_how_many_documents_each_value_admits(own: Any) -> None:
    """A choice narrows the other facets, not its own."""
    _, client, _ = own
    labels = [element.text.strip() for element in select(facets(client), "label")]
    assert labels[:4] == ["Radar 1", "Ships 1", "arms 1", "navy 1"]
    assert labels[4:8] == ["2020 1", "2018 1", "de 1", "en 1"]
    narrowed = facets(client, tag=["arms"])
    (left,) = select(narrowed, "p", kind="left")
    assert left.text == "1 document will be searched"
    assert [element.text.strip() for element in select(narrowed, "label")][:2] == [
        "arms 1",
        "navy 1",
    ]
    (chosen,) = select(narrowed, "input", checked="")
    assert chosen.attributes["value"] == "arms"


def test_a_year_is_chosen_where_both_dates_are_that_year(own: Any) -> None:
    """Its box is checked and other years stay on offer; any other range checks none."""
    _, client, _ = own

    def ticked(**dates: str) -> list[tuple[str, bool]]:
        boxes = select(facets(client, **dates), "input", name="year")
        return [(box.attributes["value"] or "", "checked" in box.attributes) for box in boxes]

    assert ticked() == [("2020", False), ("2018", False)]
    assert ticked(date_from="2018", date_to="2018") == [("2020", False), ("2018", True)]
    assert ticked(date_from="2018", date_to="2020") == [("2020", False), ("2018", False)]
    assert ticked(date_from="2018-05", date_to="2018-05") == [("2020", False), ("2018", False)]
    (left,) = select(facets(client, date_from="2020", date_to="2020"), "p", kind="left")
    assert left.text == "1 document will be searched"


def test_filters_that_leave_nothing_say_so(own: Any) -> None:
    """The sentence says what to do."""
    _, client, _ = own
    (left,) = select(facets(client, date_from="2030"), "p", kind="left")
    assert left.text == "No document matches these filters. Clear one."


def test_an_abstention_under_filters_says_that_not_all_was_searched(own: Any) -> None:
    """It offers to search all documents."""
    _, client, _ = own
    html = ask(client, ABSENT, filters={"tag": ["arms"]})["html"]
    (message,) = select(html, "p", kind="not-found")
    assert message.text == (
        "No clear answer in 1 document. Filters exclude the other documents. Search all"
    )


def test_values_of_filters_are_shown_as_text(settings: Settings) -> None:
    """Tags, titles and languages come from documents, so they're escaped."""
    for place, text in enumerate(('"><script>alert(1)</script>', "<img src=x onerror=alert(1)>")):
        head = f"---\ntitle: '{text}'\ntags: ['{text}']\nlanguage: '{text}'\n---\n"
        write(settings.corpus, {f"{place}.md": f"{head}\nSome words.\n"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        html = facets(TestClient(application(chatbot)))
    tags = {element.tag for element in elements(html)}
    assert not tags & {"script", "img"}
    assert sum("alert(1)" in element.text for element in select(html, "bdi")) >= 4
