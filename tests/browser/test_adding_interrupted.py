"""The server is killed while a document is sent, and while it is built, and starts again."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from chatbot.index import layout
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.browser.people import ask, drop, ready
from tests.building import PRICE, RADAR, SHIPS, write
from tests.serving import address_of, started

_BYTES_A_SECOND = 30_000


def test_a_kill_leaves_nothing_half_added_and_the_next_start_goes_on(
    browser: Browser, tmp_path: Path
) -> None:
    """The open page tells how far it is at 30 kB/s, waits for the server, and loads itself."""
    report = "\n\n".join(f"Ship {n} left harbour {n % 7} on day {n}." for n in range(4_000))
    write(tmp_path / "corpus", {"ships.md": SHIPS})
    write(tmp_path / "mine", {"trade/report.md": f"{RADAR}\n{report}"})
    index, added = tmp_path / "index", tmp_path / "corpus" / "added"
    build_index(load_settings(corpus=tmp_path / "corpus", index=index))
    before = layout.current(index)
    settings = {"corpus": str(tmp_path / "corpus")}
    page = browser.new_context(locale="en-GB", viewport={"width": 360, "height": 800}).new_page()
    with started(index, settings) as server:
        address = address_of(server)
        port = int(address.rstrip("/").rpartition(":")[2])
        page.goto(f"{address}/add/")
        expect(page.locator("#added-title")).to_be_visible()
        _slow(page, _BYTES_A_SECOND)
        drop(page, tmp_path / "mine" / "trade")
        expect(page.locator("#drop .file-name")).to_have_text("trade/report.md")
        expect(page.locator("#drop .progress-bar")).to_be_visible()
        _until(lambda: any(added.glob(".incoming/*")))
        server.send_signal(signal.SIGKILL)
    assert not (added / "trade").exists()
    _slow(page, -1)

    with started(index, settings, port=port) as server:
        address_of(server)
        assert not any(added.glob("[!.]*"))
        page.goto(f"{address}/add/")
        expect(page.locator("#added-title")).to_be_visible()
        expect(page.locator("#files li")).to_have_count(0)
        drop(page, tmp_path / "mine" / "trade")
        expect(page.locator("li.waiting")).to_have_count(1)
        _until(lambda: any((index / "builds").glob(".partial-*")))
        server.send_signal(signal.SIGKILL)
    assert layout.current(index) == before
    expect(page.get_by_text("Connection to the server was lost")).to_be_visible()

    with started(index, settings, port=port) as server:
        address_of(server)
        expect(page.locator(".progress")).to_be_visible()
        expect(page.locator("li.ready")).to_have_count(1, timeout=300_000)
        assert layout.current(index) != before
        page.get_by_text("Ask about this document").click()
        ready(page)
        expect(ask(page, PRICE).locator(".answer")).to_contain_text("nine roubles")
    page.context.close()


def _slow(page: Page, rate: int) -> None:
    """Limit the page to so many bytes a second; -1 ends the limit."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"downloadThroughput": rate, "uploadThroughput": rate}
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 100 if rate > 0 else 0, **limits},
    )


def _until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
