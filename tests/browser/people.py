"""Actions of a person at the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.doors import QUESTION

FOLLOW_UP = "What about the navy?"


@contextmanager
def opened(browser: Browser, address: str, **profile: Any) -> Iterator[Page]:
    """The page at an address, ready, in a new profile.

    An error in the page's script fails the test.
    """
    errors: list[str] = []
    context = browser.new_context(**{"locale": "en-GB", **profile})
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(address)
        ready(page)
        yield page
    finally:
        context.close()
    assert errors == []


def ready(page: Page) -> None:
    """Wait until the page can be used."""
    expect(page.locator("#app[data-ready]")).to_be_visible()


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Type a question, press Enter, and return the turn once it's answered."""
    before = page.locator(".turn").count()
    page.locator("#question").fill(question)
    page.locator("#question").press("Enter")
    turn = page.locator(".turn").nth(before)
    expect(turn.locator(".answer")).to_be_visible()
    return turn


def drop(page: Page, path: Path) -> None:
    """Drop a file or a folder of this machine with the mouse."""
    box = page.locator("#drop").bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    mouse = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        mouse.send("Input.dispatchDragEvent", {"type": step, **place, "data": data})
    mouse.detach()


def questions(page: Page) -> list[str]:
    """The questions of the open conversation."""
    return page.locator(".turn .question").all_text_contents()


def unfold(page: Page) -> None:
    """Unfold everything."""
    details, groups = "document.querySelectorAll('.turn details')", "#narrowing .fold"
    page.evaluate(f"{details}.forEach(each => each.open = true)")
    if page.locator("#narrowing").is_visible():
        for group in page.locator(f"{groups}:not([aria-expanded=true])").all():
            group.click()
