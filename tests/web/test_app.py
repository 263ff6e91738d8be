"""The source viewer: documents as text with the cited span marked, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.readers.document_writer import DocumentWriter
from chatbot.settings import Settings
from chatbot.types import BlockKind, Document, Span
from chatbot.web.html.page_texts import words_in
from chatbot.web.source.viewer_pages import message_page, source_page
from tests.doors import application
from tests.hostile import HOSTILE, assert_inert
from tests.markup import select

_hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())

ENGLISH = words_in("en")
GONE = (
    "The documents have been updated since this citation, so the place isn't marked. "
    "You see the current text."
)

SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'self'; "
        "sandbox allow-same-origin allow-forms allow-top-navigation-by-user-activation"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def written(*blocks: tuple[BlockKind, str], **other: Any) -> Document:
    """A document of these blocks; headings have level 1."""
    writer = DocumentWriter()
    for kind, text in blocks:
        writer.add(kind, text, level=1 if kind == "heading" else 0)
    return replace(writer.document("d", source="d", media_type="text/plain"), **other)


# -- the source viewer -----------------------------------------------------------------------

ATTACKS = """---
title: "<script>alert('title')</script>"
author: "<b onclick=alert(1)>Ann</b>"
date: 2020-05-31
---
# Heading `<img src=x onerror=alert(1)>`

The zebra protocol says `<script>alert('text')</script>` in \u202eplain\u202c words.

* An item with "quotes" &amp; [a link](javascript:alert(1)) ![and a picture](https://example.org/x)

| Head `<svg onload=alert(1)>` | Two |
| -- | -- |
| Cell `</td>` | 2 |

```
<b>code</b> & so on
```

Share this on Twitter
"""


@pytest.fixture(scope="module")
def client(demo: Chatbot) -> TestClient:
    return TestClient(application(demo))


ATTACKERS = {"copy.md", "a\u202e<svg onload=alert(1)>'\"&.md"}


@pytest.fixture
def attacked(settings: Settings) -> Iterator[Chatbot]:
    """The chatbot over a hostile document in a file with a hostile name, and a copy."""
    for name in ATTACKERS:
        (settings.corpus / name).write_text(ATTACKS, "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def test_a_source_shows_every_text_as_text(attacked: Chatbot) -> None:
    """Title, author, name, headings, items, tables and code are shown as text."""
    client = TestClient(application(attacked))
    citations = attacked.retrieve("What does the zebra protocol say?", top_k=9)
    assert {cited.doc_id for cited in citations} == ATTACKERS
    for cited in citations:
        page = client.get(cited.url)
        assert page.status_code == 200
        assert_inert(page.text)
        assert [h1.text for h1 in select(page.text, "h1")] == ["<script>alert('title')</script>"]
        details = [bdi.text for bdi in select(page.text, "bdi")]
        assert details == ["31 May 2020", "<b onclick=alert(1)>Ann</b>", cited.source]
        assert "".join(mark.text for mark in select(page.text, "mark")) == cited.quote
        (main,) = select(page.text, "main")
        assert main.text == (
            "Heading <img src=x onerror=alert(1)>"
            "The zebra protocol says <script>alert('text')</script> in plain words."
            'An item with "quotes" & [a link](javascript:alert(1)) and a picture'
            "Head <svg onload=alert(1)> | Two"
            "Cell </td> | 2"
            "<b>code</b> & so on"
            "Share this on Twitter"
        )


@pytest.mark.parametrize("address", ["arms-sales.md", "arms-sales.md?span=0-9", "nowhere"])
def test_a_source_may_load_and_run_nothing(client: TestClient, address: str) -> None:
    """The policy holds for every page, of known and unknown documents."""
    headers = client.get(f"/source/{address}").headers
    assert SECURITY.items() <= dict(headers).items()
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_a_span_is_marked_across_blocks() -> None:
    """It is marked in every block that it touches; the browser scrolls to the first mark."""
    document = written(
        ("heading", "Arms"), ("paragraph", "One & two."), ("item", "three"), ("code", "a\n b")
    )
    assert document.text == "Arms\n\nOne & two.\n\nthree\n\na\n b"
    page = source_page(document, Span(2, 27), [], words=ENGLISH)
    body = page.split("<main>")[1].split("</main>")[0]
    assert body == (
        '<h2 id="at-0" dir="auto">Ar<mark id="evidence">ms</mark></h2>'
        '<p dir="auto"><mark>One &amp; two.</mark></p>'
        '<ul class="items"><li dir="auto"><mark>three</mark></li></ul>'
        "<pre><mark>a\n</mark> b</pre>"
    )


def test_a_span_between_blocks_marks_nothing() -> None:
    """The blank line between two blocks isn't on the page."""
    document = written(("heading", "Arms"), ("paragraph", "One."))
    page = source_page(document, Span(4, 6), [], words=ENGLISH)
    assert select(page, "mark") == []


_KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    ["heading", "paragraph", "item", "header_row", "row", "code"]
)


@given(
    st.lists(st.tuples(_KINDS, st.text("ab<>&\"'א \n", min_size=1)), min_size=1, max_size=6),
    st.integers(0, 40),
    st.integers(1, 40),
)
@effort(deadline=None)
def test_a_source_has_all_words_and_marks_those_of_the_span(
    blocks: list[tuple[BlockKind, str]], start: int, length: int
) -> None:
    """For any blocks and span, the text is complete, marks are exact, and there is one target."""
    document = written(*blocks)
    page = source_page(document, Span(start, start + length), ["<note>"], words=ENGLISH)
    assert_inert(page)
    (main,) = select(page, "main")
    words = [block.span for block in document.blocks]
    assert main.text == "".join(span.of(document.text) for span in words)
    inside = [place for span in words for place in range(*span) if start <= place < start + length]
    marks = select(page, "mark")
    assert "".join(mark.text for mark in marks) == "".join(document.text[p] for p in inside)
    assert [mark.attributes.get("id") for mark in marks] == ["evidence", *[None] * len(marks)][
        : len(marks)
    ]
    assert [note.text for note in select(page, kind="note")] == ["<note>"]


@_hostile
def test_a_message_page_shows_its_words_as_text(text: str) -> None:
    """The address may contain any name."""
    page = message_page(text, text, ENGLISH)
    assert_inert(page)
    assert [element.text for element in select(page, "h1")] == [text]
    assert [element.text for element in select(page, "p")] == [text]


@pytest.mark.parametrize(
    "span",
    [
        *("banana", "5", "-5", "5-", "7-3", "5-5", "0-999999", "999998-999999", "-1-5", "1-2-3"),
        *("٣-٩", "1e1-2e1", " 1-9", "0-1000000000000", "<script>", "%00", "0x1-0x9"),
    ],
)
def test_an_invalid_span_is_noted(client: TestClient, span: str) -> None:
    """The document is shown without a mark, and a note says why."""
    page = client.get("/source/arms-sales.md", params={"span": span})
    assert page.status_code == 200
    assert notes(page.text) == ["The cited place couldn't be verified, so it isn't marked."]
    assert select(page.text, "mark") == []


def notes(page: str) -> list[str]:
    return [element.text for element in select(page, kind="note")]


def test_a_valid_span_is_marked(client: TestClient, demo: Chatbot) -> None:
    """All of it is marked; without a span there's no mark and no note."""
    document = demo.document("arms-sales.md")
    assert document
    heading = document.blocks[0].span.of(document.text)
    page = client.get("/source/arms-sales.md", params={"span": f"0-{len(heading)}"}).text
    assert [mark.text for mark in select(page, "mark")] == [heading]
    whole = client.get("/source/arms-sales.md", params={"span": f"0-{len(document.text)}"}).text
    spans = sorted(block.span for block in document.blocks)
    words = "".join(span.of(document.text) for span in spans)
    assert "".join(mark.text for mark in select(whole, "mark")) == words
    plain = client.get("/source/arms-sales.md").text
    assert (select(plain, "mark"), notes(plain)) == ([], [])


@pytest.mark.parametrize("name", ["nowhere", "..%2Fx", "%00", "%3Cscript%3E", "arms-sales.md%2F"])
def test_an_unknown_document_gets_a_page_that_says_so(client: TestClient, name: str) -> None:
    """It has status 404 and a sentence."""
    page = client.get(f"/source/{name}")
    assert page.status_code == 404
    assert_inert(page.text)
    (message,) = select(page.text, "p")
    assert message.text.startswith("There's no document “")
    assert message.text.endswith("”. It may have been renamed or removed.")


def test_a_changed_file_is_noted(settings: Settings) -> None:
    """A missing one is noted, too; both show the indexed text with its mark."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk.", "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))

        def marks_and_notes() -> tuple[list[str], list[str]]:
            page = client.get("/source/note.txt?span=4-9").text
            return [mark.text for mark in select(page, "mark")], notes(page)

        assert marks_and_notes() == (["radar"], [])
        note.write_text("The sonar was sold to Kiel.", "utf-8")
        assert marks_and_notes() == (
            ["radar"],
            ["The file has changed since it was indexed. You see the indexed text."],
        )
        note.unlink()
        assert marks_and_notes() == (
            ["radar"],
            ["The file no longer exists. You see the indexed text."],
        )


def test_a_citation_of_an_older_build_shows_its_text(settings: Settings) -> None:
    """Once that build is gone, the current text is shown unmarked, with a note."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk.", "utf-8")
    first = build_index(settings).build
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))
        address = f"/source/note.txt?span=4-9&build={first}"
        note.write_text("Yes: the sonar was sold to Kiel.", "utf-8")
        build_index(settings)
        page = client.get(address).text
        assert "The radar was sold to Omsk." in select(page, "main")[0].text
        assert [mark.text for mark in select(page, "mark")] == ["radar"]
        for place in range(settings.keep_builds):
            (settings.corpus / f"{place}.txt").write_text(f"The number {place}.", "utf-8")
            build_index(settings)
        page = client.get(address).text
        assert select(page, "main")[0].text == "Yes: the sonar was sold to Kiel."
        assert select(page, "mark") == []
        assert notes(page) == [GONE]


@pytest.mark.parametrize("build", ["..", "../..", "20000101T000000-000000", "%00", "x/y", "."])
def test_an_unknown_build_counts_as_missing(client: TestClient, build: str) -> None:
    """A build is looked up by name, never by path."""
    page = client.get(f"/source/arms-sales.md?span=0-9&build={build}")
    assert page.status_code == 200
    assert select(page.text, "mark") == []
    assert notes(page.text) == [GONE]


def test_the_style_is_served(client: TestClient) -> None:
    """This server serves it, as the policy demands."""
    response = client.get("/style/source.css")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    assert select(client.get("/source/arms-sales.md").text, "link")[0].attributes["href"] == (
        "/style/source.css"
    )


def test_every_mention_of_what_a_reader_looks_for_is_marked(attacked: Chatbot) -> None:
    """In any inflected form, in cells of a table, too; the text stays the same."""
    client = TestClient(application(attacked))
    whole = client.get("/source/copy.md").text
    page = client.get("/source/", params={"document": "copy.md", "find": "CELLS zebra"})
    assert [each.text for each in select(page.text, "b", kind="mention")] == ["zebra", "Cell"]
    links = [each.attributes["href"] for each in select(page.text, "a")]
    assert {"#mention-1", "#mention-2"} <= set(links)
    assert "2 mentions of “CELLS zebra”" in page.text
    assert [each.text for each in select(page.text, "td")] == [
        each.text for each in select(whole, "td")
    ]
    attack = '"><script>alert(1)</script>'
    hostile = client.get("/source/", params={"document": "copy.md", "find": attack})
    assert_inert(hostile.text)


def test_a_source_beside_an_answer_has_no_link_back_to_the_chat(client: TestClient) -> None:
    address = "/source/arms-sales.md"
    alone = client.get(address).text
    framed = client.get(address, headers={"Sec-Fetch-Dest": "iframe"}).text

    def links(page: str) -> set[str]:
        return {str(link.attributes["href"]) for link in select(page, "a")}

    assert links(alone) - links(framed) == {"/", "/documents"}
    assert links(framed)


def test_the_contents_lead_to_the_headings() -> None:
    """A document with fewer than two has none."""
    document = written(("heading", "One"), ("paragraph", "x"), ("heading", "Two"))
    page = source_page(document, None, [], words=ENGLISH)
    (details,) = select(page, "details")
    links = [(each.attributes["href"], each.text) for each in select(page, "a")]
    anchors = {heading.attributes["id"]: heading.text for heading in select(page, "h2")}
    assert [(href.removeprefix("#"), text) for href, text in links if href[0] == "#"] == list(
        anchors.items()
    )
    assert list(anchors.values()) == ["One", "Two"]
    assert "Contents" in details.text
    assert not select(source_page(written(("heading", "One")), None, [], words=ENGLISH), "details")
