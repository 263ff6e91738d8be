"""Two people use one browser, one after the other."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from chatbot.access import Role
from chatbot.access.access_file import AccessFile
from chatbot.access.users import Users
from tests.browser.people import ask, questions, ready
from tests.doors import QUESTION
from tests.serving import address_of, started

PASSWORD = "four random words here"  # noqa: S105


def test_nobody_sees_the_conversations_of_a_person_whose_login_has_expired(
    browser: Browser, demo_index: Path, tmp_path: Path
) -> None:
    """They come back for the same person, and are gone for another one."""
    file = AccessFile(tmp_path / "access.sqlite")
    for name in ("anna", "ben"):
        Users(file).add(name, PASSWORD, Role.READER, [])
    settings = {"access": "users", "access_file": str(file.path)}
    with started(demo_index, settings) as process:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(address_of(process))
        log_in(page, "anna")
        ask(page)
        page.locator("#question").press_sequentially("And wh")
        for name, expected, draft in (("anna", [QUESTION], "And wh"), ("ben", [], "")):
            with file.writing() as connection:
                connection.execute("UPDATE sessions SET expires = 0")
            page.reload()
            log_in(page, name)
            assert questions(page) == expected
            expect(page.locator("#conversations .open")).to_have_count(len(expected))
            expect(page.locator("#question")).to_have_value(draft)
        context.close()


def log_in(page: Page, name: str) -> None:
    """Fill in the form, and wait for the chat."""
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    ready(page)
