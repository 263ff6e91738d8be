"""The page at two sizes, in light and dark, in every language, and with assistive technology."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.web.html.page_texts import languages
from tests.browser.people import FOLLOW_UP, ask, opened, ready, unfold
from tests.building import write
from tests.doors import ABSENT
from tests.serving import server

SIZES = {"phone": (360, 740), "desk": (1440, 900)}


def violations(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, one line each."""
    # axe-core measures while it scrolls; lazily laid-out turns would move.
    page.add_style_tag(content="#app .turn { content-visibility: visible }")
    findings = Axe().run(page).response["violations"]
    return [
        f"{finding['id']}: {node['html'][:120]} {node['failureSummary'][:200]}"
        for finding in findings
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]


def sizes(name: str) -> dict[str, Any]:
    width, height = SIZES[name]
    return {"viewport": {"width": width, "height": height}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_there_are_no_serious_accessibility_findings(
    browser: Browser, address: str, size: str, scheme: str
) -> None:
    """On the start page, with all parts of answers unfolded, and next to a source."""
    with opened(browser, address, color_scheme=scheme, **sizes(size)) as page:
        expect(page.locator("#examples li").first).to_be_visible()
        assert violations(page) == []
        ask(page)
        ask(page, FOLLOW_UP)
        ask(page, ABSENT)
        unfold(page)
        page.locator("#narrow").click()
        expect(page.locator("#narrowing .left")).to_be_visible()
        unfold(page)
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.locator(".turn .source").first.click()
        expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_visible()
        assert violations(page) == []


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen(
    browser: Browser, address: str, size: str, language: str
) -> None:
    """Also with everything unfolded and with a very long word; lines stay short."""
    with opened(browser, address, locale=language, **sizes(size)) as page:
        assert page.locator("html").get_attribute("lang") == language
        ask(page, f"What is {'x' * 300}?")
        ask(page)
        unfold(page)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width == SIZES[size][0]
        column = page.locator(".passage").last.bounding_box()
        assert column
        assert column["width"] <= 44 * 16 + 1


@pytest.mark.parametrize("size", SIZES)
def test_a_wide_table_stays_in_its_card(browser: Browser, settings: Settings, size: str) -> None:
    """The table scrolls, by keyboard too, and the best row is marked."""
    columns = ["Buyer", *(f"Delivered in {year}" for year in range(2001, 2013))]
    lines = [columns, *([name, *"123456789012"] for name in ("Turkey", "India", "Algeria"))]
    text = "\n".join(f"| {' | '.join(line)} |" for line in [lines[0], ["---"] * 13, *lines[1:]])
    write(settings.corpus, {"sales.md": f"# Sales\n\n{text}\n"})
    build_index(settings)
    with (
        server(settings.index) as address,
        opened(browser, address, **sizes(size)) as page,
    ):
        turn = ask(page, "How many were delivered to India?")
        unfold(page)
        expect(turn.locator(".passage th")).to_have_count(13)
        marked = turn.locator(".passage tr", has=page.locator("mark")).first
        expect(marked).to_contain_text("India")
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0]
        assert violations(page) == []


def test_on_a_phone_conversations_are_in_a_drawer(browser: Browser, address: str) -> None:
    """A button opens it; a choice or Esc closes it."""
    with opened(browser, address, **sizes("phone")) as page:
        ask(page)
        expect(page.locator("#sidebar")).not_to_be_visible()
        page.get_by_role("button", name="Menu").first.click()
        expect(page.locator("#sidebar")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#sidebar")).not_to_be_visible()
        page.get_by_role("button", name="Menu").first.click()
        page.locator("#new").click()
        expect(page.locator("#sidebar")).not_to_be_visible()
        expect(page.locator("#welcome")).to_be_visible()


def test_the_page_speaks_the_browsers_language_and_can_be_switched(
    browser: Browser, address: str
) -> None:
    """The switch is remembered and keeps the conversation."""
    with opened(browser, address, locale="de-DE") as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Fragen Sie Ihre Dokumente")
        assert page.locator("html").get_attribute("lang") == "de"
        expect(ask(page).locator(".confidence")).to_contain_text("Deutlicher Treffer")
        with page.expect_navigation():
            page.get_by_role("button", name="English").click()
        ready(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Ask your documents")
        expect(page.locator(".turn .confidence")).to_contain_text("Strong match")


def test_right_to_left_text_is_laid_out_right_to_left(browser: Browser, settings: Settings) -> None:
    """In questions, passages, tables and sources; the page itself stays left-to-right."""
    table = "| البلد | العاصمة |\n|---|---|\n| مصر | القاهرة |\n| العراق | بغداد |\n"
    text = "القاهرة هي عاصمة مصر وأكبر مدنها."
    write(settings.corpus, {"a.md": f"# القاهرة\n\n{text}\n\n- {text}\n\n{table}"})
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        turn = ask(page, "ما هي عاصمة مصر؟")
        shown = turn.locator(".card .passage p").first
        for place in (turn.locator(".question"), shown):
            assert place.evaluate("each => getComputedStyle(each).direction") == "rtl"
        assert turn.evaluate("each => getComputedStyle(each).direction") == "ltr"
        turn.get_by_role("button", name="Show context").first.click()
        expect(turn.locator(".passage th").first).to_be_visible()
        starts = "all => all.map((each) => each.getBoundingClientRect().left)"
        first, second = turn.locator(".passage th").evaluate_all(starts)
        assert first > second
        turn.locator(".evidence .source").first.click()
        source = page.frame_locator("#pane iframe")
        first, second = source.locator("th").evaluate_all(starts)
        assert first > second
        edge = source.locator("li").evaluate(
            "each => innerWidth - each.getBoundingClientRect().right"
        )
        assert edge >= 40  # room for the bullet, which is on the right


def test_colours_follow_the_system(browser: Browser, address: str) -> None:
    """A dark background in dark mode, a light one in light mode."""
    for scheme, dark in (("light", False), ("dark", True)):
        with opened(browser, address, color_scheme=scheme) as page:
            colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
            levels = [int(level) for level in colour.removeprefix("rgb(").rstrip(")").split(",")]
            assert (sum(levels) < 200) == dark
