"""The chat as a person meets it: a real server, the real model, the demo corpus, Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from chatbot.ingestion.build import build_index
from chatbot.settings import load_settings
from tests.serving import CHROMIUM, chromium, server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]

QUESTION = "Which air defence system did Russia sell to China?"
ATTACK = """# <img src=x onerror="window.attacked='title'">

The zebra protocol says <script>window.attacked='script'</script> and
<b onclick="window.attacked='click'">bold</b> [a link](javascript:attack()) in plain words.

`<svg onload="window.attacked='code'">` is what the zebra protocol calls a picture.
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def address(demo_index: Path) -> Iterator[str]:
    with server(demo_index) as found:
        yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The chat, freshly opened in a profile of its own."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def ask(page: Page, question: str) -> None:
    """Type a question and press Enter."""
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")


def test_a_question_gets_cards_with_a_marked_sentence(page: Page) -> None:
    """First the best sentence with its marker, then cards with place, highlight and reasons."""
    ask(page, QUESTION)
    expect(page.locator(".question")).to_have_text(QUESTION)
    expect(page.locator(".confidence").first).to_have_text("Possible match")
    first = page.locator(".card").first
    expect(page.locator(".best .marker")).to_have_text("[1]")
    sentence = first.locator("> .passage mark").inner_text()
    assert page.locator(".best").inner_text().startswith(sentence)
    expect(first.locator("> .place .source")).to_contain_text("Arms sales")
    first.locator("> .why summary").click()
    expect(first.locator("> .why table")).to_contain_text("cosine")


def test_a_citation_opens_the_source_at_the_marked_place(page: Page) -> None:
    """One click, and the sentence that was shown is marked and in view in its document."""
    ask(page, QUESTION)
    card = page.locator(".card").first
    sentence = card.locator("> .passage mark").inner_text()
    with page.context.expect_page() as opened:
        card.locator(".source").first.click()
    source = opened.value
    expect(source.locator("mark")).to_have_text(sentence)
    expect(source.locator("mark")).to_be_in_viewport()


def test_what_is_not_there_is_said_not_to_be_there(page: Page) -> None:
    """An abstention says what was searched; the nearest passages are folded and labelled."""
    ask(page, "What is the population of Beijing?")
    answer = page.locator("[data-verdict=none]")
    expect(answer).to_contain_text("Not found in 17 documents")
    expect(answer.locator(".card").first).not_to_be_visible()
    answer.locator("details summary").first.click()
    expect(answer.locator(".card").first).to_be_visible()


def test_an_empty_question_gets_a_sentence_and_the_chat_goes_on(page: Page) -> None:
    """Pressing Enter on nothing is no dead end."""
    ask(page, "   ")
    expect(page.locator(".problem")).to_have_text(
        "The question has no words. Ask something in words."
    )
    ask(page, QUESTION)
    expect(page.locator(".card").first).to_be_visible()


def test_people_do_not_see_each_others_conversation(browser: Browser, address: str) -> None:
    """Two profiles ask; each page has its own question only."""
    pages = [browser.new_context().new_page() for _ in range(2)]
    questions = [QUESTION, "What is the population of Beijing?"]
    for page, question in zip(pages, questions, strict=True):
        page.goto(address)
        ask(page, question)
    for page, question in zip(pages, questions, strict=True):
        expect(page.locator(".question")).to_have_text([question])
        page.context.close()


def test_nothing_is_asked_of_another_host(browser: Browser, address: str) -> None:
    """Loading the page, asking and opening a source reach this server and no other."""
    context = browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(address)
    ask(page, QUESTION)
    with context.expect_page() as opened:
        page.locator(".card .source").first.click()
    opened.value.wait_for_load_state()
    hosts = {urlsplit(url).hostname for url in asked if url.startswith("http")}
    assert hosts == {"127.0.0.1"}
    context.close()


def test_document_text_is_shown_as_text_whatever_it_says(browser: Browser, tmp_path: Path) -> None:
    """Tags, handlers and links in a document are read as words, in the card and in the source."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "attack.md").write_text(ATTACK, "utf-8")
    build_index(load_settings(corpus=tmp_path / "corpus", index=tmp_path / "index"))
    with server(tmp_path / "index") as address:
        page = browser.new_context().new_page()
        page.goto(address)
        ask(page, "What does the zebra protocol say?")
        expect(page.locator(".card").first).to_be_visible()
        assert (
            page.locator("#conversation script, #conversation img, #conversation svg").count() == 0
        )
        with page.context.expect_page() as opened:
            page.locator(".card .source").first.click()
        source = opened.value
        expect(source.locator("main")).to_contain_text("zebra protocol")
        assert source.locator("script, img, svg, [onclick]").count() == 0
        for each in (page, source):
            assert each.evaluate("window.attacked") is None
        page.context.close()
