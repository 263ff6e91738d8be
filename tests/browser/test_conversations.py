"""Conversations: stored only in the browser, restored, renamed, deleted, exported."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from datetime import datetime
from itertools import islice, product
from pathlib import Path
from string import ascii_lowercase

from playwright.sync_api import Browser, Page, expect

from tests.browser.people import FOLLOW_UP, ask, opened, questions, ready
from tests.doors import ABSENT, QUESTION
from tests.serving import server


def names(page: Page) -> list[str]:
    """The conversations in the sidebar."""
    return page.locator("#conversations .open").all_inner_texts()


def choose(page: Page, what: str) -> None:
    """Pick an entry from the menu of the first conversation."""
    page.locator("#conversations .more summary").first.click()
    page.locator(f"#conversations li {what}").first.click()


def test_a_reload_keeps_the_conversation(page: Page) -> None:
    """Questions, answers, interpretations, and the draft in the box."""
    ask(page)
    turn = ask(page, FOLLOW_UP)
    understood = turn.locator(".interpreted").inner_text()
    page.locator("#question").press_sequentially("And wh")
    page.reload()
    ready(page)
    assert questions(page) == [QUESTION, FOLLOW_UP]
    expect(page.locator(".turn").nth(1).locator(".interpreted")).to_have_text(understood)
    expect(page.locator(".turn").first.locator(".best")).to_contain_text(
        "Russia's sale of the S-400"
    )
    expect(page.locator("#question")).to_have_value("And wh")


def test_a_restart_of_the_server_keeps_the_conversation(browser: Browser, demo_index: Path) -> None:
    """The server doesn't store it."""
    with ExitStack() as running:
        address = running.enter_context(server(demo_index))
        with opened(browser, address) as page:
            ask(page)
            running.close()
            running.enter_context(server(demo_index, port=int(address.rpartition(":")[2])))
            ask(page, FOLLOW_UP)
            page.reload()
            ready(page)
            assert questions(page) == [QUESTION, FOLLOW_UP]
            expect(page.locator(".turn").first.locator(".best")).to_be_visible()


def test_a_new_conversation_clears_the_filters(page: Page) -> None:
    """Asking about a document starts a new conversation too, with that document as its filter."""
    ask(page)
    page.locator("#narrow").click()
    page.locator("#group-tag input").first.check()
    expect(page.locator(".chip")).to_have_count(1)
    page.locator("#new").click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()
    ask(page)
    page.get_by_role("link", name="Documents", exact=True).click()
    page.get_by_role("link", name="Ask about this document").first.click()
    ready(page)
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator(".chip")).to_have_count(1)
    ask(page)
    page.reload()
    ready(page)
    assert questions(page) == [QUESTION]


def test_conversations_have_dates_and_can_be_searched(page: Page) -> None:
    """By any question in them; an empty search lists all again."""
    ask(page)
    page.locator("#new").click()
    expect(page.locator("#welcome")).to_be_visible()
    ask(page, ABSENT)
    today = datetime.now().astimezone()
    expect(page.locator("#conversations time").first).to_have_text(
        re.compile(rf"{today.day} {today:%b}t? {today.year}")  # "Sept" in British English
    )
    for wanted, found in (("BEIJING", [ABSENT]), ("nothing like it", []), ("", [ABSENT, QUESTION])):
        page.locator("#find").fill(wanted)
        page.locator("#find").press("Enter")
        expect(page.locator("#conversations .open")).to_have_text(found)


def test_people_do_not_see_each_others_conversation(browser: Browser, address: str) -> None:
    """Two profiles ask at once; each sees its own question and list only."""
    with opened(browser, address) as one, opened(browser, address) as other:
        for page, question in ((one, QUESTION), (other, ABSENT)):
            page.locator("#question").fill(question)
            page.locator("#question").press("Enter")
        for page, question in ((one, QUESTION), (other, ABSENT)):
            expect(page.locator(".turn .answer")).to_have_count(1)
            assert questions(page) == names(page) == [question]


def test_several_conversations_are_kept_apart(page: Page) -> None:
    """One can switch between them; a follow-up depends on its own conversation only."""
    ask(page)
    page.locator("#new").click()
    expect(page.locator("#welcome")).to_be_visible()
    turn = ask(page, FOLLOW_UP)
    expect(turn.locator(".interpreted")).to_have_count(0)
    assert names(page) == [FOLLOW_UP, QUESTION]
    page.locator("#conversations .open").nth(1).click()
    expect(page.locator(".turn .best")).to_contain_text("Russia's sale of the S-400")
    assert questions(page) == [QUESTION]


def test_a_conversation_is_renamed_deleted_and_brought_back(page: Page) -> None:
    """A deletion can be undone; the name is text, whatever it says."""
    ask(page)
    choose(page, "input")
    field = page.locator("#conversations input")
    field.fill("<img src=x onerror=alert(1)> arms")
    field.press("Enter")
    assert names(page) == ["<img src=x onerror=alert(1)> arms"]
    page.reload()
    ready(page)
    assert names(page) == ["<img src=x onerror=alert(1)> arms"]
    page.locator("#conversations .more summary").first.click()
    expect(page.locator(".turn .answer")).to_be_visible()  # the menu stays open
    page.locator("#conversations li [data-do=delete]").first.click()
    expect(page.locator("#conversations .open")).to_have_count(0)
    expect(page.locator("#welcome")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    assert names(page) == ["<img src=x onerror=alert(1)> arms"]
    assert questions(page) == [QUESTION]


def test_a_conversation_is_exported_with_its_citations(page: Page) -> None:
    """As Markdown and as JSON."""
    ask(page)
    texts = {}
    for kind in ("md", "json"):
        with page.expect_download() as download:
            choose(page, f"[data-kind={kind}]")
        path = download.value.path()
        texts[download.value.suggested_filename.rpartition(".")[2]] = path.read_text("utf-8")
    assert "> Russia's sale of the S" in texts["md"]
    (turn,) = json.loads(texts["json"])["turns"]
    assert turn["answer"]["citations"][0]["doc_id"] == "arms-sales.md"


def test_stored_conversations_are_treated_as_data(page: Page) -> None:
    """Invalid and hostile entries in the browser's storage are text, or are skipped."""
    attack = "<img src=x onerror='window.attacked=1'>"
    turn = {"question": attack, "asked": 5, "before": attack, "filters": [attack], "votes": attack}
    kept = {"a": {"name": attack, "at": "x", "turns": [turn, None, 7]}, "b": [1], "c": None}
    page.evaluate(
        """kept => {
          for (const [id, each] of Object.entries(kept))
            localStorage.setItem(`chatbot.conversation.${id}`, JSON.stringify(each));
          localStorage.setItem("chatbot.conversation.d", "{");
          sessionStorage.setItem("chatbot.current", "a");
        }""",
        kept,
    )
    page.reload()
    ready(page)
    expect(page.locator(".turn .answer").first).to_be_visible()
    assert questions(page)[0] == attack
    assert attack in names(page)
    assert page.evaluate("window.attacked") is None
    assert page.locator("#app img").count() == 0


def test_two_tabs_add_to_one_conversation_and_lose_no_question(page: Page) -> None:
    """A reload shows the questions of both in their order; the list follows the other tab."""
    ask(page)
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    other.locator("#conversations .open").first.click()
    expect(other.locator(".turn .answer")).to_be_visible()
    ask(page, FOLLOW_UP)
    ask(other, ABSENT)
    for tab in (page, other):
        tab.reload()
        ready(tab)
        assert questions(tab) == [QUESTION, FOLLOW_UP, ABSENT]
    choose(other, "[data-do=delete]")
    expect(page.locator("#conversations .open")).to_have_count(0)
    other.locator("#toast").get_by_role("button").click()
    expect(page.locator("#conversations .open")).to_have_count(1)


def test_two_hundred_turns_do_not_slow_the_page(page: Page) -> None:
    """Only turns near the viewport are asked again, and a new question sends only itself."""
    # Not numbers, because a passage that lacks a number of the question isn't taken for an answer.
    pairs = product(ascii_lowercase, repeat=2)
    turns = [{"question": f"{QUESTION} ({first}{second})"} for first, second in islice(pairs, 200)]
    page.evaluate(
        """turns => {
          const kept = JSON.stringify({ name: "Long", at: 1, turns });
          localStorage.setItem("chatbot.conversation.long", kept);
          sessionStorage.setItem("chatbot.current", "long");
        }""",
        turns,
    )
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.reload()
    ready(page)
    expect(page.locator(".turn").nth(199).locator(".best")).to_be_visible()
    assert len(page.locator(".turn").all()) == 200
    assert sum("question" in body for body in sent) < 20
    sent.clear()
    ask(page, ABSENT)
    (question,) = [body for body in sent if "question" in body]
    assert len(question) < 1_000
