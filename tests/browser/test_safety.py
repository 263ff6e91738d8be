"""Text from documents and people is never markup, and nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from tests.browser.people import ask, opened, unfold
from tests.hostile import HOSTILE
from tests.serving import server

ASKED = "What does the zebra protocol say?"
ATTACK = "<img src=x onerror=\"window.attacked='{place}'\">"
# A Markdown code span keeps tags as text; a paragraph would lose them.
BODY = "\n\n".join(
    f"The zebra protocol says `{text}` in plain words."
    for text in HOSTILE.values()
    if text.isprintable() and "`" not in text
)
MERMAID = '```mermaid\ngraph TD; A-->B; click A "javascript:window.attacked=1"\n```'
DOCUMENT = f"""---
title: 'Zebra {ATTACK.format(place="title").replace("'", "''")}'
author: '{ATTACK.format(place="author").replace("'", "''")}'
date: 2020
language: '{ATTACK.format(place="language").replace("'", "''")}'
tags: ['{ATTACK.format(place="tag").replace("'", "''")}']
---
# Zebra `{ATTACK.format(place="heading")}`

{BODY}

The zebra protocol shows ![a picture](https://example.org/x.png) and [a link](javascript:attack()).

{MERMAID}

The zebra protocol has $$\\href{{javascript:alert(1)}}{{x}}$$ in it, and \u202eoverrides\u202c.

<script>window.attacked='script'</script>
"""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chat over hostile documents, one with a megabyte on one line."""
    home = tmp_path_factory.mktemp("attacked")
    (home / "corpus").mkdir()
    for name in ("a<b onclick=alert(1)>.md", "b.md"):
        (home / "corpus" / name).write_text(DOCUMENT, "utf-8")
    (home / "corpus" / "c.md").write_text(f"# Zebra {ATTACK}\n\nZebra protocol.\n", "utf-8")
    long = "zebra" + "x" * 1_000_000
    (home / "corpus" / "long.txt").write_text(f"The zebra protocol is {long}", "utf-8")
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    build_index(settings)
    with server(settings.index) as address:
        yield address


def assert_untouched(page: Page) -> None:
    """No text became an element, and no script ran."""
    made = "#app :is(script, img, svg, math, [onclick], [onerror], a[href^='javascript'])"
    assert page.locator(made).count() == 0
    assert page.evaluate("window.attacked") is None


def test_a_hostile_document_is_text_in_every_place(browser: Browser, attacked: str) -> None:
    """In sentence, card, place, context, ranking, filters, chips and source."""
    with opened(browser, attacked) as page:
        turn = ask(page, ASKED)
        unfold(page)
        expect(turn.locator(".evidence").first).to_contain_text("zebra protocol", ignore_case=True)
        titled = turn.locator(".evidence .source", has_text="<img src=x onerror=")
        expect(titled.first).to_be_visible()
        for button in turn.get_by_role("button", name="Show context").all()[:3]:
            button.click()
        expect(turn.locator(".context").first).to_be_attached()
        assert_untouched(page)
        page.locator("#narrow").click()
        expect(page.locator("#narrowing fieldset label").first).to_be_attached()
        unfold(page)
        page.get_by_label("<img src=x onerror=").first.check()
        expect(page.locator(".chip")).to_contain_text("<img src=x onerror=")
        assert_untouched(page)
        page.keyboard.press("Escape")
        titled.first.click()
        frame = page.frame_locator("#pane iframe")
        expect(frame.locator("main")).to_contain_text("zebra")
        assert frame.locator("script, img, svg, [onclick], [onerror]").count() == 0
        assert_untouched(page)


def test_a_megabyte_on_one_line_leaves_the_page_usable(browser: Browser, attacked: str) -> None:
    """It's shortened and stays within its column."""
    with opened(browser, f"{attacked}/?document=long.txt") as page:
        turn = ask(page, "zebra protocol")
        unfold(page)
        turn.get_by_role("button", name="Show context").first.click()
        expect(turn.locator(".passage").first).to_be_visible()
        assert len(turn.inner_html()) < 100_000
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_question_is_text(page: Page, text: str) -> None:
    """In its turn, in the sidebar, and in the interpretation of a follow-up."""
    if text.strip():
        ask(page, f"Russia {text}")
        ask(page, "why?")
        assert_untouched(page)
        expect(page.locator(".turn").first).to_be_visible()


def test_an_injected_script_does_not_run(page: Page) -> None:
    """The security policy is a second defence behind the escaping."""
    page.evaluate(
        """() => {
          const node = document.createElement("div");
          node.innerHTML = "<img src=x onerror='window.attacked=1'>";
          document.body.append(node);
          const script = document.createElement("script");
          script.textContent = "window.attacked=2";
          document.body.append(script);
        }"""
    )
    refused = page.evaluate("fetch('https://example.org/').then(() => false, () => true)")
    assert refused
    assert page.evaluate("window.attacked") is None


def test_no_request_goes_to_another_host(browser: Browser, address: str) -> None:
    """Not for loading, asking, filtering or opening a source."""
    asked: list[str] = []
    context = browser.new_context()
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(address)
    turn = ask(page)
    page.locator("#narrow").click()
    expect(page.locator("#narrowing .left")).to_be_visible()
    page.keyboard.press("Escape")
    turn.locator(".source").first.click()
    expect(page.frame_locator("#pane iframe").locator("mark").first).to_be_visible()
    hosts = {urlsplit(url).netloc for url in asked if url.startswith(("http", "ws"))}
    assert hosts == {urlsplit(address).netloc}
    context.close()
