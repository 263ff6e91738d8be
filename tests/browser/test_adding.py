"""A curator adds a folder, asks about it, replaces a document and deletes one.

A phone chooses the folder, a desk drops it with the mouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.browser.people import ask, drop, opened, ready
from tests.building import BREAD, PRICE, RADAR, SHIPS, write
from tests.serving import server

HOSTILE = "Rye ${alert(1)} {{7*7}} <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of one document, its index, and a folder of files to add."""
    home = tmp_path_factory.mktemp("adding")
    write(home / "corpus", {"ships.md": SHIPS})
    files = {"trade/2024/radar.md": RADAR, "trade/empty.md": "", "trade/film.mp4": "x"}
    files |= {"trade/.DS_Store": "x", "trade/.git/config": "[core]"}  # nobody sees these
    write(home / "mine", files | {"trade/rye.md": BREAD.replace("Bread", HOSTILE)})
    build_index(load_settings(corpus=home / "corpus", index=home / "index"))
    return home


@pytest.fixture(scope="module")
def adding(home: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHATBOT_CORPUS", str(home / "corpus"))
        with server(home / "index") as address:
            yield address


def choose_folder(page: Page, folder: Path) -> None:
    """Choose a folder with the button."""
    with page.expect_file_chooser() as chooser:
        page.locator("#choose").click()
    chooser.value.set_files(folder)


@pytest.mark.parametrize(("width", "add"), [(1440, drop), (360, choose_folder)])
def test_documents_are_added_asked_replaced_and_deleted(
    browser: Browser, adding: str, home: Path, width: int, add: Callable[[Page, Path], None]
) -> None:
    """At the width of a desk and of a phone; the page never scrolls sideways."""
    radar = home / "mine" / "trade" / "2024" / "radar.md"
    radar.write_text(RADAR)
    with opened(browser, adding, viewport={"width": width, "height": 800}) as page:
        page.goto(f"{adding}/add/")
        expect(page.locator("#added-title")).to_be_visible()
        assert _links(page) == ["/", "/documents", "/add/", "/coverage"]
        add(page, home / "mine" / "trade")
        expect(page.locator("#outcome .done")).to_contain_text("3 files added")
        expect(page.locator("#outcome li")).to_have_count(1)
        expect(page.locator("li.ready")).to_have_count(2)
        expect(page.locator("li.skipped")).to_contain_text("no text")
        expect(page.locator("li.ready").filter(has_text="${alert(1)}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("li.ready", has_text="Radar").get_by_text("Ask about this document").click()
        ready(page)
        expect(ask(page, PRICE).locator(".answer")).to_contain_text("nine roubles")

        radar.write_text(RADAR.replace("nine", "seven"))
        page.goto(f"{adding}/add/")
        expect(page.locator("#added-title")).to_be_visible()
        add(page, home / "mine" / "trade")
        expect(page.locator("#outcome .choice")).to_be_visible()
        page.get_by_role("button", name="Replace").click()
        expect(page.locator("li.waiting")).to_have_count(0)
        expect(page.locator("li.ready")).to_have_count(2)
        page.goto(adding)
        ready(page)
        expect(ask(page, PRICE).locator(".answer")).to_contain_text("seven roubles")

        page.goto(f"{adding}/add/")
        for title in ("Radar", "Rye", "empty"):
            row = page.locator("section").first.locator("li", has_text=title)
            row.get_by_role("button").click()
            expect(row).to_have_count(0)
        expect(page.locator(".progress")).to_have_count(0)
        undo = page.get_by_role("button", name="Undo: trade/rye.md").first
        undo.click()
        expect(page.locator("li.ready", has_text="Rye")).to_be_visible()
        page.locator("li", has_text="Rye").get_by_role("button", name="Delete").click()
        expect(page.locator("li.ready")).to_have_count(0)
        expect(page.locator(".progress")).to_have_count(0)
        page.goto(adding)
        ready(page)
        expect(ask(page, PRICE).locator(".answer")).not_to_contain_text("roubles")


def _links(page: Page) -> list[str]:
    links = page.locator("#top nav a")
    return [link.get_attribute("href") or "" for link in links.all()]


def test_a_failed_upload_is_told_in_the_readers_language(
    browser: Browser, adding: str, home: Path
) -> None:
    """Gradio's own message is English. It goes away once an upload succeeds."""
    write(home / "other", {"other/rye.md": BREAD})
    with opened(browser, adding, locale="de-DE") as page:
        page.goto(f"{adding}/add/")
        broken = page.get_by_text("Das Hochladen ist fehlgeschlagen")
        expect(broken).to_be_attached()
        expect(broken).to_be_hidden()
        page.route("**/gradio_api/upload?*", lambda route: route.abort())
        drop(page, home / "other" / "other")
        expect(broken).to_be_visible()
        expect(page.locator(".toast-body")).to_be_hidden()
        page.unroute("**/gradio_api/upload?*")
        drop(page, home / "other" / "other")
        expect(page.locator("#outcome .done")).to_be_visible()
        expect(broken).to_be_hidden()
        # The other tests of this corpus count its documents.
        added = page.locator("li.ready", has_text="Bread")
        expect(added).to_be_visible()
        added.get_by_role("button").click()
        expect(added).to_have_count(0)
        expect(page.locator(".progress")).to_have_count(0)
