"""Retakes the README's screenshots from the demo corpus: `make screenshots`."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.serving import chromium, server
from tests.shared import PROJECT

PICTURES = PROJECT / ".assets"
ANSWERED = "Why do the partners distrust each other?"
ABSENT = "What is the population of Beijing?"


def main() -> None:
    """Ask, open a source, and take both pictures."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as home:
        index = Path(home) / "index"
        build_index(load_settings(corpus=PROJECT / "corpus", index=index))
        with server(index) as address, chromium() as browser:
            _answer(browser, address)
            _abstention(browser, address)
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture.relative_to(PROJECT), f"{picture.stat().st_size:,} bytes")


def _page(browser: Browser, address: str, width: int, height: int, scheme: str) -> Page:
    page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
    )
    page.goto(address)
    expect(page.locator("#app[data-ready]")).to_be_visible()
    return page


def _ask(page: Page, question: str) -> None:
    before = page.locator(".turn .answer").count()
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    expect(page.locator(".turn .answer")).to_have_count(before + 1)


def _answer(browser: Browser, address: str) -> None:
    """An answer with its source next to it."""
    page = _page(browser, address, 1160, 640, "light")
    _ask(page, ANSWERED)
    page.locator(".place.lead .source").click()
    expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=PICTURES / "answer.png")
    page.close()


def _abstention(browser: Browser, address: str) -> None:
    """An abstention, on a phone in dark mode."""
    page = _page(browser, address, 390, 780, "dark")
    _ask(page, ABSENT)
    page.screenshot(path=PICTURES / "not-found.png")
    page.close()


if __name__ == "__main__":
    main()
