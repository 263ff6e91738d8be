"""The address: permalinks reopen a question with its build, and filters stay in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from playwright.sync_api import Browser, Page, Route, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.browser.people import FOLLOW_UP, ask, opened, questions, ready
from tests.building import RADAR, write
from tests.doors import ABSENT, QUESTION
from tests.serving import server

COPYING: dict[str, Any] = {"permissions": ["clipboard-read", "clipboard-write"]}
COST = "What did the radar cost?"


def test_a_permalink_reopens_a_question_in_a_fresh_browser(browser: Browser, address: str) -> None:
    """With its earlier questions, filters and build; the address is clean afterwards."""
    with opened(browser, address, **COPYING) as page:
        ask(page)
        turn = ask(page, FOLLOW_UP)
        understood = turn.locator(".interpreted").inner_text()
        evidence = turn.locator(".best").inner_text()
        turn.get_by_role("button", name="Copy link to this answer").click()
        expect(page.locator("#toast")).to_have_text("Copied.")
        link = page.evaluate("navigator.clipboard.readText()")
        build = turn.locator(".answer").get_attribute("data-build")
    asked = parse_qs(urlsplit(link).query)
    assert asked == {"q": [FOLLOW_UP], "build": [build], "after": [QUESTION]}
    with opened(browser, link) as page:
        expect(page.locator(".turn .best")).to_have_text(evidence)
        expect(page.locator(".turn .interpreted")).to_have_text(understood)
        expect(page.locator(".note")).to_have_count(0)
        assert page.url == f"{address}/"
        page.reload()
        ready(page)
        assert questions(page) == [FOLLOW_UP]
        expect(page.locator("#conversations .open")).to_have_count(1)


def test_a_permalink_shows_its_build(browser: Browser, settings: Settings) -> None:
    """With that build's answer, or with the current answer and a note if it no longer exists."""
    write(settings.corpus, {"radar.md": RADAR})
    then = build_index(settings).build
    write(settings.corpus, {"radar.md": RADAR.replace("nine", "twelve")})
    build_index(settings)
    with server(settings.index) as address:
        kept = f"{address}/?q={quote(COST)}&build={then}"
        with opened(browser, kept) as page:
            expect(page.locator(".best")).to_have_text("The radar cost nine roubles.")
        gone = f"{address}/?q={quote(COST)}&build=20000101T000000-000000"
        with opened(browser, gone) as page:
            expect(page.locator(".note")).to_have_text(
                "That version is gone; this answer uses the current documents."
            )
            expect(page.locator(".best")).to_have_text("The radar cost twelve roubles.")


def test_a_hostile_address_is_text(browser: Browser, address: str) -> None:
    """Question, build, filters and earlier questions are escaped."""
    attack = quote("<img src=x onerror='window.attacked=1'>")
    link = f"{address}/?q={attack}&build={attack}&tag={attack}&after={attack}&document={attack}"
    with opened(browser, link) as page:
        expect(page.locator(".turn .answer")).to_be_visible()
        assert page.locator("#app img").count() == 0
        assert page.evaluate("window.attacked") is None


def test_filters_narrow_the_answer_and_stay_in_the_address(browser: Browser, address: str) -> None:
    """They have counts, show as chips, survive a reload, and a click removes them."""
    with opened(browser, address) as page:
        page.locator("#narrow").click()
        box = page.locator("#narrowing").get_by_label("limits 4")
        box.check()
        expect(page.locator("#narrowing .left")).to_have_text("4 documents will be searched")
        expect(box).to_be_checked()
        assert urlsplit(page.url).query == "tag=limits"
        page.keyboard.press("Escape")
        turn = ask(page, "Why do the partners distrust each other?")
        expect(turn.locator(".card").first).to_contain_text("Limits and mistrust")
        titles = turn.locator(".card").evaluate_all("all => all.map(each => each.dataset.doc)")
        assert 1 <= len(titles) <= 4
        page.reload()
        ready(page)
        expect(page.locator(".chip")).to_have_text("Tag: limits ×")
        page.locator(".chip").click()
        expect(page.locator(".chip")).to_have_count(0)
        assert urlsplit(page.url).query == ""


def test_filters_that_are_not_set_say_so(page: Page) -> None:
    """The box is ticked, but the next question isn't limited."""
    page.locator("#narrow").click()
    box = page.locator("#narrowing").get_by_label("limits 4")
    expect(box).to_be_visible()
    fault = {"code": "too_many", "message": "Too many requests.", "next_step": "Wait a moment."}
    page.route("**/page_filters", lambda route: route.fulfill(status=429, json={"error": fault}))
    box.check()
    expect(page.locator("#toast")).to_have_text("Too many requests. Wait a moment.")
    expect(page.locator(".chip")).to_have_count(0)


def test_a_filtered_abstention_offers_to_search_all(browser: Browser, address: str) -> None:
    """A click removes the filters and asks again."""
    with opened(browser, f"{address}/?tag=limits") as page:
        turn = ask(page, ABSENT)
        expect(turn.locator(".not-found")).to_contain_text("Filters exclude the other documents.")
        turn.get_by_role("button", name="Search all").click()
        expect(turn.locator(".not-found")).to_have_text("No clear answer in 17 documents.")
        expect(page.locator(".chip")).to_have_count(0)
        assert urlsplit(page.url).query == ""


def test_a_year_is_ticked_and_unticked(browser: Browser, settings: Settings) -> None:
    """With its count; the page shows one chip for the year."""
    dated = {f"{year}.md": f"---\ndate: {year}-05\n---\n{RADAR}" for year in (2018, 2020)}
    write(settings.corpus, dated)
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        page.locator("#narrow").click()
        page.locator("#narrowing").get_by_role("button", name="Year").click()
        page.get_by_label("2018 1").check()
        expect(page.locator("#narrowing .left")).to_have_text("1 document will be searched")
        expect(page.get_by_label("2018 1")).to_be_checked()
        # Drawn by the browser: the tick of Gradio's theme is white on white.
        expect(page.get_by_label("2018 1")).to_have_css("appearance", "auto")
        assert urlsplit(page.url).query == "date_from=2018&date_to=2018"
        expect(page.locator(".chip")).to_have_text("Year: 2018 ×")
        page.get_by_label("2020 1").check()
        expect(page.locator(".chip")).to_have_text("Year: 2020 ×")
        page.reload()
        ready(page)
        expect(page.locator(".chip")).to_have_text("Year: 2020 ×")
        page.locator("#narrow").click()
        page.get_by_label("2020 1").uncheck()
        expect(page.locator("#narrowing .left")).to_have_text("2 documents will be searched")
        assert urlsplit(page.url).query == ""


def test_filters_that_admit_nothing_say_what_to_do(browser: Browser, address: str) -> None:
    """In the panel; an invalid date gets a message too."""
    with opened(browser, f"{address}/?date_from=2030") as page:
        page.locator("#narrow").click()
        expect(page.locator("#narrowing .left")).to_have_text(
            "No document matches these filters. Clear one."
        )
        page.get_by_label("To", exact=True).fill("soon")
        page.keyboard.press("Tab")
        expect(page.locator("#narrowing .problem")).to_contain_text("“soon” isn't a date")
        page.get_by_role("button", name="Clear all filters").click()
        expect(page.locator("#narrowing .left")).to_have_text("17 documents will be searched")


def test_a_date_typed_before_the_counts_arrive_stays(browser: Browser, address: str) -> None:
    """The server's reply fills in the counts, and leaves the date to the reader."""
    with opened(browser, address) as page:
        held: list[Route] = []
        page.route("**/run/page_filters", lambda route: held.append(route))  # noqa: PLW0108
        page.locator("#narrow").click()
        date = page.get_by_label("To", exact=True)
        date.fill("2018")
        while not held:
            page.wait_for_timeout(10)
        held[0].continue_()
        page.unroute("**/run/page_filters")
        expect(page.locator("#narrowing .left")).to_have_text("17 documents will be searched")
        expect(date).to_have_value("2018")
        page.keyboard.press("Tab")
        expect(page.locator(".chip")).to_have_text("To: 2018 ×")


def test_an_address_with_a_document_asks_about_that_one(browser: Browser, address: str) -> None:
    """The document list links to it."""
    with opened(browser, f"{address}/?document=sanctions.md") as page:
        turn = ask(page, "What did sanctions change?")
        expect(turn.locator(".card")).to_have_count(1)
        expect(turn.locator(".card")).to_have_attribute("data-doc", "sanctions.md")
