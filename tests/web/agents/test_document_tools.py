"""The tools of agents: word for word, from one build, with a sentence for every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import IndexDamaged, NotFound, QuestionError, UsageError
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.web.agents import document_tools
from chatbot.web.agents.document_tools import DocumentTools
from chatbot.web.agents.text_ids import TextId
from tests.building import BREAD, NINE, PRICE, RADAR, SHIPS, write
from tests.doors import ABSENT, QUESTION, QUESTIONS

BASE = "https://briefs.example"


@pytest.fixture(scope="module")
def tools(demo: Chatbot) -> DocumentTools:
    return DocumentTools(demo, BASE)


@pytest.fixture
def changing(settings: Settings) -> Iterator[DocumentTools]:
    """The tools over three short documents, which the test may change."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield DocumentTools(chatbot, BASE)


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_search_result_can_be_fetched_word_for_word(
    tools: DocumentTools, demo: Chatbot, question: str
) -> None:
    found = tools.search(question).results
    assert found
    for result in found:
        fetched, text_id = tools.fetch(result.id), TextId.parse(result.id)
        assert text_id
        assert text_id.span
        document = demo.document(text_id.doc_id)
        assert document
        assert fetched.text == document.text[text_id.span.start : text_id.span.end]
        assert (fetched.id, fetched.url) == (result.id, result.url)
        assert fetched.url.startswith(f"{BASE}/source/{text_id.doc_id}?span=")
        assert result.title.startswith(fetched.title)


def test_search_and_ask_agree_on_the_first_passage(tools: DocumentTools) -> None:
    first = tools.ask(QUESTION).quotes[0]
    assert first.id == tools.search(QUESTION).results[0].id
    assert first.answer == "S-400"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_is_in_its_document_at_its_span(
    tools: DocumentTools, demo: Chatbot, question: str
) -> None:
    answer = tools.ask(question)
    assert answer.abstained == (not answer.quotes)
    for quoted in answer.quotes + answer.nearest:
        document = demo.document(quoted.document)
        assert document
        assert document.text[quoted.span.start : quoted.span.end] == quoted.quote
        assert quoted.answer is None or quoted.answer in quoted.quote
        assert quoted.quote in tools.fetch(quoted.id).text


def test_an_abstention_quotes_nothing_and_shows_the_nearest(tools: DocumentTools) -> None:
    answer = tools.ask(ABSENT)
    assert (answer.verdict, answer.quotes) == ("none", ())
    assert answer.nearest


def test_neighbours_lead_through_a_whole_document(tools: DocumentTools, demo: Chatbot) -> None:
    passages = demo.build.passages(demo.build.passage_rows("glossary.md"))
    walked = [tools.fetch(str(TextId("glossary.md", passages[0].span, demo.build.name)))]
    while following := walked[-1].metadata.get("next"):
        walked.append(tools.fetch(following))
    assert [fetched.text for fetched in walked] == [passage.text for passage in passages]
    assert walked[1].metadata["previous"] == walked[0].id
    assert "previous" not in walked[0].metadata


def test_a_row_of_a_table_comes_with_its_header(settings: Settings) -> None:
    row = "| ship {0} | harbour {0} | sailed at dawn with the fleet |"
    rows = "\n".join(map(row.format, range(80)))
    write(settings.corpus, {"fleet.md": f"# Fleet\n\n| Name | Port | Note |\n|-|-|-|\n{rows}\n"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        tools = DocumentTools(chatbot, BASE)
        later = tools.fetch(tools.fetch("fleet.md").metadata["document_id"])
        passages = chatbot.build.passages(chatbot.build.passage_rows("fleet.md"))
        fetched = tools.fetch(str(TextId("fleet.md", passages[-1].span, chatbot.build.name)))
    assert "Name | Port | Note" in later.text
    assert "Name" not in fetched.text
    assert fetched.metadata["lead"] == "Name | Port | Note"


def test_a_document_can_be_fetched_by_its_own_id(tools: DocumentTools, demo: Chatbot) -> None:
    document = demo.document("glossary.md")
    assert document
    fetched = tools.fetch("glossary.md")
    assert fetched.text == document.text
    assert fetched.id == f"glossary.md#@{demo.build.name}"
    assert fetched.metadata["tags"] == ", ".join(document.metadata.tags)
    assert "next" not in fetched.metadata


def test_a_long_document_comes_in_parts(
    tools: DocumentTools, demo: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_tools, "LONGEST_TEXT", 1_000)
    document = demo.document("glossary.md")
    assert document
    parts = [tools.fetch("glossary.md")]
    while following := parts[-1].metadata.get("next"):
        assert len(parts[-1].text) == 1_000
        parts.append(tools.fetch(following))
    assert "".join(part.text for part in parts) == document.text
    assert len(parts) > 2
    assert parts[1].metadata["span"] == "1000-2000"


def test_an_id_keeps_its_text_after_the_document_changed(
    changing: DocumentTools, settings: Settings
) -> None:
    before = changing.search(PRICE).results[0]
    write(settings.corpus, {"radar.md": "# Radar\n\nThe radar cost eleven roubles now.\n"})
    build_index(settings)
    after = changing.search(PRICE).results[0]
    assert before.id != after.id
    assert NINE in changing.fetch(before.id).text
    assert "eleven" in changing.fetch(after.id).text


def test_an_id_of_a_build_that_is_gone_says_so(tools: DocumentTools) -> None:
    with pytest.raises(NotFound, match=r"build 2020-1 is no longer kept\. Search again"):
        tools.fetch("glossary.md#0-10@2020-1")


@pytest.mark.parametrize("text_id", ["", "nothing.md", "nothing.md#0-5@{build}", "\ud800"])
def test_an_id_of_no_document_names_the_next_step(tools: DocumentTools, text_id: str) -> None:
    with pytest.raises(NotFound, match=r"There is no document .* list_documents lists them"):
        tools.fetch(text_id.format(build=tools.chatbot.build.name))


@pytest.mark.parametrize("span", ["0-999999", "5-5", "9-3", "99999-100000"])
def test_a_span_outside_the_text_is_refused(tools: DocumentTools, span: str) -> None:
    with pytest.raises(NotFound, match=f"no text at {span}"):
        tools.fetch(f"glossary.md#{span}@{tools.chatbot.build.name}")


def test_a_text_that_was_changed_in_the_index_is_not_given(
    tools: DocumentTools, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = tools.chatbot.build
    monkeypatch.setattr(build, "_intact_text", lambda _: None)
    with pytest.raises(IndexDamaged, match="has changed since it was read"):
        tools.fetch("glossary.md")


def test_documents_are_listed_page_by_page_from_one_build(
    changing: DocumentTools, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_tools, "_PAGE", 2)
    first = changing.list_documents()
    write(settings.corpus, {"apples.md": "# Apples\n\nApples ripen in autumn.\n"})
    build_index(settings)
    second = changing.list_documents(cursor=first.next_cursor)
    names = [listed.document for listed in first.documents + second.documents]
    assert names == ["bread.md", "radar.md", "ships.md"]
    assert (first.total, second.total, second.next_cursor) == (3, 3, None)
    assert changing.list_documents().total == 4


@pytest.mark.parametrize("cursor", ["", "2", "two@{build}", "٢@{build}", "2@gone", "2@"])
def test_a_cursor_of_no_page_is_refused(tools: DocumentTools, cursor: str) -> None:
    with pytest.raises(UsageError, match="isn't a valid cursor"):
        tools.list_documents(cursor=cursor.format(build=tools.chatbot.build.name))


def test_filters_narrow_answers_and_lists(tools: DocumentTools, demo: Chatbot) -> None:
    chosen = {"tag": "arms"}
    expected = {summary.doc_id for summary in demo.documents(chosen)}
    listed = tools.list_documents(filters=chosen)
    assert {document.document for document in listed.documents} == expected
    assert tools.ask(QUESTION, filters=chosen).searched_documents == len(expected)


def test_why_not_takes_either_id(tools: DocumentTools) -> None:
    listed = next(
        document
        for document in tools.list_documents().documents
        if document.document == "glossary.md"
    )
    by_id = tools.why_not("Who trains with whom?", listed.id)
    assert by_id == tools.why_not("Who trains with whom?", "glossary.md")
    assert (by_id.document, by_id.fell_out) == ("glossary.md", "below the cards")


def test_a_question_without_words_is_refused(tools: DocumentTools) -> None:
    for call in (tools.search, tools.ask):
        with pytest.raises(QuestionError, match="Ask something in words"):
            call("?!")


def test_an_id_that_looks_like_a_path_reads_no_file(tools: DocumentTools, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("the secret", "utf-8")
    for text_id in (str(secret), "../../etc/passwd", "../README.md", f"../x#0-5@{'..'}"):
        with pytest.raises(NotFound):
            tools.fetch(text_id)
