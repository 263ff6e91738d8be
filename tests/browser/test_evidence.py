"""Evidence: opening its source by mouse and keyboard, citing it, rating it."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from chatbot.feedback.store import FeedbackStore
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from tests.browser.people import ask, opened
from tests.building import SHIPS, write
from tests.doors import ABSENT, QUESTION
from tests.readers.pdfs import Words, pdf
from tests.serving import server

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
}


def test_a_citation_opens_its_source_beside_the_answer(page: Page) -> None:
    """At the marked place; Next steps to the next passage, Back returns to the answer."""
    turn = ask(page)
    sentence = turn.locator(".best").inner_text()
    link = turn.locator(".place.lead .source")
    link.click()
    frame = page.frame_locator("#pane iframe")
    expect(frame.locator("mark").first).to_have_text(sentence)
    expect(frame.locator("mark").first).to_be_in_viewport()
    expect(turn.locator(".question")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Previous passage")).to_be_disabled()
    page.get_by_role("button", name="Next passage").click()
    second = turn.locator(".card").nth(1).locator("> .evidence mark").inner_text()
    expect(frame.locator("mark").first).to_have_text(second)
    page.go_back()
    expect(page.locator("#pane")).not_to_be_visible()
    expect(turn.locator(".card").nth(1).locator("> .evidence")).to_be_focused()
    link.click()
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#pane")).not_to_be_visible()
    expect(link).to_be_focused()


def test_on_a_phone_the_source_covers_the_answer(browser: Browser, address: str) -> None:
    """Back returns to it."""
    with opened(browser, address, **PHONE) as page:
        turn = ask(page)
        turn.locator(".evidence .source").first.tap()
        box = page.locator("#pane").bounding_box()
        assert box
        assert (box["x"], box["width"]) == (0, 360)
        expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_in_viewport()
        page.go_back()
        expect(page.locator("#pane")).not_to_be_visible()
        expect(turn.locator(".evidence .source").first).to_be_in_viewport()


def test_a_source_in_html_opens_at_its_place_too(browser: Browser, settings: Settings) -> None:
    """HTML files open like the others."""
    article = "<html><body><h1>Ships</h1><p>Three frigates left at dawn.</p></body></html>"
    write(settings.corpus, {"ships.html": article})
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        turn = ask(page, "When did the three frigates leave?")
        turn.locator(".evidence .source").first.click()
        mark = page.frame_locator("#pane iframe").locator("mark").first
        expect(mark).to_have_text("Three frigates left at dawn.")


def test_a_source_in_pdf_opens_its_page(browser: Browser, settings: Settings) -> None:
    """As a picture, with a rectangle over the evidence."""
    report = pdf(
        [Words(72, 720, "Of ships")],
        [Words(72, 720, "Ships in the north", 18), Words(72, 680, "Three frigates left at dawn.")],
    )
    (settings.corpus / "ships.pdf").write_bytes(report)
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        turn = ask(page, "When did the three frigates leave?")
        expect(turn.locator(".place.lead")).to_contain_text("page 2")
        turn.locator(".evidence .source").first.click()
        figure = page.frame_locator("#pane iframe").locator("figure#page-2")
        expect(figure.locator("rect").first).to_be_in_viewport()


def test_everything_works_by_keyboard(page: Page) -> None:
    """Ask, step through the evidence, open it, step on, return, ask again."""
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("First line")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#question")).to_have_value("First line\n")
    page.locator("#question").fill("")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").first
    expect(turn.locator(".best")).to_be_visible()
    page.keyboard.press("Escape")
    cards = turn.locator(".card > .evidence")
    page.keyboard.press("j")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_visible()
    # Inside the source the same keys work.
    page.frame_locator("#pane iframe").locator("mark").first.click()
    page.keyboard.press("j")
    expect(cards.nth(1)).to_have_class("evidence opened")
    page.frame_locator("#pane iframe").locator("mark").first.click()
    page.keyboard.press("Escape")
    expect(page.locator("#pane")).not_to_be_visible()
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(cards.nth(1).locator(".source")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#question")).to_be_focused()


def test_typed_letters_are_no_shortcuts(page: Page) -> None:
    """In the question box `j`, `k`, `/` and `?` are letters."""
    page.locator("#question").press_sequentially("jk/?")
    expect(page.locator("#question")).to_have_value("jk/?")
    expect(page.locator("#toast")).to_be_empty()


def test_a_question_mark_shows_the_shortcuts(page: Page) -> None:
    """In the empty question box and outside of it."""
    page.locator("#question").press("?")
    expect(page.locator("#toast")).to_contain_text("j next passage")
    expect(page.locator("#question")).to_have_value("")
    page.locator("#toast button").click()
    expect(page.locator("#toast")).to_be_empty()
    page.locator("#question").blur()
    page.keyboard.press("?")
    expect(page.locator("#toast")).to_contain_text("j next passage")


def test_a_citation_is_copied_with_its_place(browser: Browser, address: str) -> None:
    """The quote, its place, and the address that opens it there."""
    allowed = ["clipboard-read", "clipboard-write"]
    with opened(browser, address, permissions=allowed) as page:
        turn = ask(page)
        quote = turn.locator(".best").inner_text()
        evidence = turn.locator(".evidence").first
        evidence.get_by_role("button", name="Copy citation").click()
        expect(page.locator("#toast")).to_have_text("Copied.")
        copied = page.evaluate("navigator.clipboard.readText()")
        words, link = copied.split("\n")
        assert words == (
            f"“{quote}” (Arms sales from Russia to China › What Russia has sold; "
            "21 Nov 2026, Research desk, arms-sales.md)"
        )
        page.goto(link)
        expect(page.locator("mark").first).to_have_text(quote)


def test_a_thumb_is_stored_with_the_passage_that_it_rates(page: Page, demo_index: Path) -> None:
    """With question, build, document, passage and verdict; a later comment is added."""
    evidence = ask(page).locator(".evidence").first
    evidence.get_by_role("button", name="This passage doesn't help").click()
    expect(page.locator("#toast")).to_have_text("Thanks for the feedback.")
    evidence.get_by_label("Anything to add?").fill("Too old.")
    evidence.get_by_role("button", name="Send").click()
    expect(evidence.locator(".comment")).to_have_count(0)
    stored = [
        (thumb.question, thumb.build, thumb.doc_id, thumb.passage_id, thumb.vote, thumb.comment)
        for thumb in FeedbackStore(load_settings(index=demo_index).feedback_file).thumbs()
    ]
    build = page.locator(".answer").get_attribute("data-build")
    passage = evidence.get_attribute("data-passage")
    assert stored == [(QUESTION, build, "arms-sales.md", passage, "down", "Too old.")]
    page.reload()
    expect(page.locator(".evidence [data-verdict=down]").first).to_have_attribute(
        "aria-pressed", "true"
    )


def test_a_thumb_can_be_withdrawn_and_a_refusal_judged(page: Page, demo_index: Path) -> None:
    """A second press withdraws it; the thumbs of a refusal stand below it."""
    turn = ask(page, ABSENT)
    thumb = turn.get_by_role("button", name="This answer doesn't help")
    path = load_settings(index=demo_index).feedback_file

    def judged() -> list[str]:
        thumbs = FeedbackStore(path).thumbs()
        return [thumb.vote for thumb in thumbs if not thumb.passage_id]

    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    assert judged() == ["down"]
    thumb.click()
    expect(thumb).to_have_attribute("aria-pressed", "false")
    assert judged() == []


def test_a_source_comes_back_with_the_server(browser: Browser, demo_index: Path) -> None:
    """While the server is away, our own sentence stands in its place."""
    with ExitStack() as running:
        address = running.enter_context(server(demo_index))
        with opened(browser, address) as page:
            turn = ask(page)
            running.close()
            turn.locator(".source").first.click()
            expect(page.locator("#pane .working")).to_be_visible()
            expect(page.locator("#pane .working")).to_have_text(
                "The server isn't responding. Trying again …"
            )
            running.enter_context(server(demo_index, port=int(address.rpartition(":")[2])))
            mark = page.frame_locator("#pane iframe").locator("mark").first
            expect(mark).to_be_visible()
            expect(page.locator("#pane .working")).not_to_be_visible()


def test_a_whole_answer_is_copied_with_its_citations(browser: Browser, address: str) -> None:
    """One click copies text, which is Markdown too, and HTML for Word, with full addresses."""
    allowed = ["clipboard-read", "clipboard-write"]
    with opened(browser, address, permissions=allowed) as page:
        turn = ask(page)
        best = turn.locator(".best").inner_text()
        turn.get_by_role("button", name="Copy answer with citations").click()
        expect(page.locator("#toast")).to_have_text("Copied.")
        read = """async (type) => {
          const [item] = await navigator.clipboard.read();
          return (await item.getType(type)).text();
        }"""
        text, html = (page.evaluate(read, kind) for kind in ("text/plain", "text/html"))
        assert f"> {best}\n\n[1] Arms sales" in text
        assert f"\n{address}/source/arms-sales.md?span=" in text
        assert f'href="{address}/source/arms-sales.md?span=' in html
        assert 'href="/' not in html


def test_a_thumb_that_cannot_be_stored_says_so(page: Page) -> None:
    """The button stays unpressed."""
    page.route("**/gradio_api/run/page_feedback", lambda route: route.fulfill(status=503, body=""))
    evidence = ask(page).locator(".evidence").first
    evidence.get_by_role("button", name="This passage helps").click()
    expect(page.locator("#toast")).to_contain_text("couldn't be saved")
    expect(evidence.locator("[data-verdict=up]")).to_have_attribute("aria-pressed", "false")


def test_a_similar_word_is_offered(browser: Browser, settings: Settings) -> None:
    """A click puts it into the question box."""
    write(settings.corpus, {"ships.md": SHIPS})
    build_index(settings)
    with server(settings.index) as address, opened(browser, address) as page:
        turn = ask(page, "Who invented the shipps of zanzibar?")
        turn.get_by_role("button", name="ships").click()
        expect(page.locator("#question")).to_have_value("Who invented the ships of zanzibar?")
        expect(page.locator("#question")).to_be_focused()


def test_an_answer_is_printed_with_its_places(page: Page) -> None:
    """Without box, list and buttons; every place has its full address."""
    ask(page)
    ask(page, ABSENT)
    page.emulate_media(media="print")
    for hidden in ("#sidebar", "#asking", ".actions", ".foot"):
        expect(page.locator(hidden).first).not_to_be_visible()
    expect(page.locator(".best")).to_be_visible()
    after = "each => getComputedStyle(each, '::after').content"
    address = page.locator(".place.lead a").evaluate(after)
    assert f"{page.url}source/arms-sales.md?span=" in address
    when = page.locator("#standing time")
    assert re.search(r"20\d\d", when.evaluate(after))  # no "3 hours ago" on paper
    assert when.evaluate("each => getComputedStyle(each).fontSize") == "0px"
