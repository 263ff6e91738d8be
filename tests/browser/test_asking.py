"""Asking: the question appears at once, then the best sentence and cards, or an abstention."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.browser.people import FOLLOW_UP, ask, opened, questions, ready
from tests.browser.test_looks import SIZES, sizes
from tests.building import RADAR, write
from tests.doors import ABSENT, QUESTION
from tests.serving import server


def test_a_question_gets_its_best_sentence_and_cards(page: Page) -> None:
    """The best sentence with its place, then cards with highlights and their ranking."""
    turn = ask(page)
    expect(turn.locator(".question")).to_have_text(QUESTION)
    expect(turn.locator(".confidence")).to_contain_text("Strong match")
    first = turn.locator(".card").first
    sentence = first.locator("> .evidence .passage mark").inner_text()
    assert turn.locator(".best").inner_text() == sentence
    expect(turn.locator(".place.lead")).to_contain_text("[1] Arms sales")
    expect(first.locator("> .evidence .passage b").first).to_have_text("systems")
    first.locator("> .evidence .why summary").click()
    expect(first.locator("> .evidence .why table")).to_contain_text("cosine")
    expect(page.locator("#announce")).to_contain_text("Strong match. Russia's sale of the S-400")


@pytest.mark.parametrize("size", SIZES)
def test_the_best_sentence_stands_once_and_more_evidence_is_on_the_first_screen(
    browser: Browser, address: str, size: str
) -> None:
    """Its passage is a click away; the same place isn't named twice."""
    with opened(browser, address, **sizes(size)) as page:
        turn = ask(page)
        best = turn.locator(".best").inner_text()
        assert turn.inner_text().count(best) == 1
        first = turn.locator(".card > .evidence").first
        expect(first.locator("> .passage")).not_to_be_visible()
        assert turn.get_by_text("[1]", exact=True).count() == 1
        expect(turn.locator(".card").nth(1).locator(".place").first).to_be_in_viewport()
        first.get_by_role("button", name="Show context").click()
        expect(first.locator("> .passage mark")).to_have_text(best)


def test_the_question_appears_before_its_answer(page: Page) -> None:
    """While a slow server works, the box is free and the turn says so."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/gradio_api/run/page_answer", hold)
    page.locator("#question").fill(QUESTION)
    page.locator("#question").press("Enter")
    expect(page.locator(".turn .question")).to_have_text(QUESTION)
    expect(page.locator(".turn .working")).to_have_text("Searching …")
    expect(page.locator("#question")).to_have_value("")
    expect(page.locator(".turn")).to_have_attribute("aria-busy", "true")
    held[0].continue_()
    expect(page.locator(".turn .best")).to_be_visible()
    expect(page.locator(".turn")).not_to_have_attribute("aria-busy", "true")


def test_an_example_is_asked_by_a_click(page: Page) -> None:
    """It is a question, answered from the document that the example names."""
    example = page.locator("#examples button").first
    title = example.locator("bdi").inner_text()
    question = example.locator("span").inner_text()
    assert question.endswith("?")
    example.click()
    expect(page.locator(".turn .question")).to_have_text(question)
    expect(page.locator(".turn .place.lead")).to_contain_text(title)
    expect(page.locator("#welcome")).not_to_be_visible()


def test_a_follow_up_shows_its_interpretation_and_can_be_edited(page: Page) -> None:
    """The edited question replaces it, and the follow-up can be restored."""
    ask(page)
    turn = ask(page, FOLLOW_UP)
    expect(turn.locator(".interpreted")).to_contain_text(f"{FOLLOW_UP} (")
    turn.get_by_role("button", name="Edit").click()
    field = turn.get_by_label("Understood as")
    field.fill("Which ships did Russia sell to China?")
    field.press("Enter")
    expect(turn.locator(".understood")).to_contain_text("Asked as")
    expect(turn.locator(".interpreted")).to_have_text("Which ships did Russia sell to China?")
    expect(turn.locator(".question")).to_have_text(FOLLOW_UP)
    turn.get_by_role("button", name="Ask as follow-up").click()
    expect(turn.locator(".interpreted")).to_contain_text(f"{FOLLOW_UP} (")


def test_a_follow_up_can_be_asked_without_context_and_back_again(page: Page) -> None:
    """Without the earlier questions, then with them."""
    ask(page)
    turn = ask(page, FOLLOW_UP)
    turn.get_by_role("button", name="Ask without context").click()
    expect(turn.locator(".understood")).to_contain_text("Asked without the earlier questions.")
    turn.get_by_role("button", name="Ask as follow-up").click()
    expect(turn.locator(".interpreted")).to_contain_text(f"{FOLLOW_UP} (")


def test_editing_ends_without_a_change_on_escape(page: Page) -> None:
    """The chip is unchanged and its button has the focus."""
    ask(page)
    turn = ask(page, FOLLOW_UP)
    turn.get_by_role("button", name="Edit").click()
    turn.get_by_label("Understood as").press("Escape")
    expect(turn.locator(".interpreted")).to_contain_text(f"{FOLLOW_UP} (")
    expect(turn.get_by_role("button", name="Edit")).to_be_focused()


def test_a_question_without_an_answer_is_abstained(page: Page) -> None:
    """It says how many documents were searched; the closest passages stand open below."""
    turn = ask(page, ABSENT)
    expect(turn.locator(".not-found")).to_have_text("No clear answer in 17 documents.")
    expect(page.locator("#standing")).to_have_text(
        re.compile(r"^Quotes from 17 documents, updated \d+ (second|minute)s? ago$")
    )
    expect(turn.get_by_role("heading", name="Closest passages")).to_be_visible()
    expect(turn.locator(".card .passage").first).to_be_visible()


def test_an_empty_question_gets_a_sentence_and_the_chat_goes_on(page: Page) -> None:
    """Enter in an empty box shows a hint."""
    page.locator("#question").fill("   ")
    page.locator("#question").press("Enter")
    expect(page.locator("#toast")).to_contain_text(
        "The question has no words. Ask something in words."
    )
    assert questions(page) == []
    expect(ask(page).locator(".card").first).to_be_visible()


@pytest.mark.parametrize("text", ["x" * 100_000, "word " * 3_000], ids=["one word", "words"])
def test_a_huge_question_is_refused_with_a_sentence(page: Page, text: str) -> None:
    """It stays in the box, and the page stays responsive."""
    page.locator("#question").fill(text)
    page.locator("#question").press("Enter")
    expect(page.locator("#toast")).to_contain_text("the limit is 4,000")
    expect(page.locator("#question")).to_have_value(text)
    assert questions(page) == []
    expect(ask(page).locator(".card").first).to_be_visible()


def test_binary_input_is_a_question_like_any_other(page: Page) -> None:
    """It's shown as text and gets a response."""
    turn = ask(page, "\x01\x02 \ufffd\u202e ab\u0000<b>\ud83d x")
    expect(turn.locator(".question b")).to_have_count(0)


def test_context_opens_and_closes_around_a_passage(page: Page) -> None:
    """The text before and after it is fetched on demand."""
    evidence = ask(page).locator(".evidence").first
    evidence.get_by_role("button", name="Show context").click()
    expect(evidence.locator(".context").last).to_contain_text("Licences, designs and expertise")
    evidence.get_by_role("button", name="Hide context").click()
    expect(evidence.locator(".context").last).not_to_be_visible()


def test_two_questions_in_a_row_are_both_answered(page: Page) -> None:
    """In the order of asking."""
    for question in (QUESTION, ABSENT):
        page.locator("#question").fill(question)
        page.locator("#question").press("Enter")
    expect(page.locator(".turn .answer")).to_have_count(2)
    assert questions(page) == [QUESTION, ABSENT]
    expect(page.locator(".turn").nth(1).locator(".not-found")).to_be_visible()


# -- the server and its index ----------------------------------------------------------------


def test_a_lost_connection_is_retried(page: Page) -> None:
    """The page says so, and shows the answer once the server is back."""
    page.route("**/gradio_api/run/page_answer", lambda route: route.abort())
    page.locator("#question").fill(QUESTION)
    page.locator("#question").press("Enter")
    expect(page.locator(".turn .working")).to_have_text(
        "The server isn't responding. Trying again …"
    )
    page.unroute("**/gradio_api/run/page_answer")
    expect(page.locator(".turn .best")).to_be_visible()


def test_a_server_error_is_a_sentence_and_can_be_retried(page: Page) -> None:
    """The page shows no status code or traceback, but a button to try again."""
    page.route(
        "**/gradio_api/run/page_answer", lambda route: route.fulfill(status=500, body="boom")
    )
    turn = ask(page)
    expect(turn.locator(".problem p")).to_have_text(
        "Something went wrong on the server. Try again, or tell the administrator."
    )
    page.unroute("**/gradio_api/run/page_answer")
    turn.get_by_role("button", name="Try again").click()
    expect(turn.locator(".best")).to_be_visible()


def test_a_new_build_during_a_conversation_is_announced_and_used(
    browser: Browser, settings: Settings
) -> None:
    """The next question is answered from it, and the heading shows its count."""
    write(settings.corpus, {"radar.md": RADAR})
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        first = ask(page, "What did the radar cost?")
        expect(first.locator(".best")).to_have_text("The radar cost nine roubles.")
        changed = RADAR.replace("nine", "twelve")
        write(settings.corpus, {"radar.md": changed, "more.md": "# More\n\nSome more words.\n"})
        build_index(settings)
        again = ask(page, "What did the radar cost?")
        expect(again.locator(".best")).to_have_text("The radar cost twelve roubles.")
        expect(page.locator("#toast")).to_have_text("The documents were updated.")
        expect(page.locator("#standing")).to_contain_text("Quotes from 2 documents")
        expect(first.locator(".best")).to_have_text("The radar cost nine roubles.")


def test_a_server_restarted_meanwhile_answers_the_question(
    browser: Browser, demo_index: Path
) -> None:
    """The page waits, and the conversation is complete afterwards."""
    with ExitStack() as running:
        address = running.enter_context(server(demo_index))
        with opened(browser, address) as page:
            ask(page, ABSENT)
            running.close()
            page.locator("#question").fill(QUESTION)
            page.locator("#question").press("Enter")
            expect(page.locator(".turn .working")).to_have_text(
                "The server isn't responding. Trying again …"
            )
            running.enter_context(server(demo_index, port=int(address.rpartition(":")[2])))
            expect(page.locator(".turn").nth(1).locator(".best")).to_be_visible(timeout=30_000)
            page.reload()
            ready(page)
            expect(page.locator(".turn").nth(1).locator(".best")).to_be_visible()
            assert questions(page) == [ABSENT, QUESTION]
