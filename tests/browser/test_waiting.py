"""No index yet: the page says how to build one, then turns into the chat by itself."""

from __future__ import annotations

import shutil
from contextlib import closing

import pytest
from playwright.sync_api import Browser, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.browser.people import ask, opened, ready
from tests.browser.test_looks import SIZES, sizes, violations
from tests.building import NINE, PRICE, RADAR, write
from tests.serving import server

TITLES = {"en-GB": "There's no index yet", "de-DE": "Es gibt noch keinen Index"}


@pytest.mark.parametrize(("size", "locale"), [*zip(SIZES, TITLES, strict=True)])
def test_without_an_index_the_page_says_how_to_build_one(
    browser: Browser, settings: Settings, size: str, locale: str
) -> None:
    """A click copies the command; after the build the chat appears without a reload."""
    write(settings.corpus, {"radar.md": RADAR})
    with (
        server(settings.index) as address,
        closing(
            browser.new_context(
                locale=locale,
                color_scheme="dark" if size == "phone" else "light",
                permissions=["clipboard-read", "clipboard-write"],
                **sizes(size),
            )
        ) as context,
    ):
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[locale])
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        assert violations(page) == []
        page.locator(".command button").click()
        expect(page.locator("#toast")).not_to_be_empty()
        command = page.evaluate("navigator.clipboard.readText()")
        assert command == f"chatbot build --corpus corpus --index {settings.index}"
        page.evaluate("window.kept = true")
        build_index(settings)
        expect(page.locator("#app[data-ready]")).to_be_visible()
        assert page.evaluate("window.kept")
        expect(ask(page, PRICE).locator(".best")).to_have_text(NINE)


def test_a_deleted_index_is_explained_after_a_restart(browser: Browser, settings: Settings) -> None:
    """Until then the open index answers; the page says what to do, and recovers."""
    write(settings.corpus, {"radar.md": RADAR})
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        ask(page, PRICE)
        shutil.rmtree(settings.index)
        expect(ask(page, PRICE).locator(".best")).to_have_text(NINE)
    port = int(address.rpartition(":")[2])
    with server(settings.index, port=port), closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(TITLES["en-GB"])
        build_index(settings)
        expect(page.locator("#app[data-ready]")).to_be_visible()


def test_a_refusal_is_in_german_on_the_german_page(browser: Browser, address: str) -> None:
    """In the box, in the filters and in the source viewer."""
    with opened(browser, address, locale="de-DE") as page:
        page.locator("#question").fill("x" * 5_000)
        page.locator("#question").press("Enter")
        expect(page.locator("#toast")).to_contain_text(
            "Ihre Frage ist zu lang: Erlaubt sind 4.000 Zeichen."
        )
        page.locator("#narrow").click()
        # What is typed before the counts arrive is lost, because the panel is drawn again.
        expect(page.locator("#narrowing")).to_contain_text("partnership 11")
        page.get_by_label("Von").fill("bald")
        page.get_by_label("Von").press("Tab")
        expect(page.locator("#narrowing .problem")).to_have_text(
            "„bald“ ist kein Datum. Schreiben Sie 2018, 2018-05 oder 2018-05-31."
        )
        page.goto(f"{address}/source/nowhere")
        expect(page.get_by_role("heading", level=1)).to_have_text("Nicht im Index")


def test_a_page_that_is_refused_says_why_and_opens_later(browser: Browser, address: str) -> None:
    """For example, many people behind one address have just reloaded it."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    fault = {"code": "too_many", "message": "Zu viele Anfragen.", "next_step": "Warten Sie kurz."}
    page.route("**/page_begin", lambda route: route.fulfill(status=429, json={"error": fault}))
    page.goto(address)
    expect(page.get_by_text("Zu viele Anfragen. Warten Sie kurz.")).to_be_visible()
    page.unroute("**/page_begin")
    ready(page)
    expect(page.get_by_text("Zu viele Anfragen.")).to_be_hidden()
    context.close()
