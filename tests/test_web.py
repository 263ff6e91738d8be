"""What a browser gets: text of documents as text, and sources with the cited place marked."""

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
from chatbot.errors import QuestionError
from chatbot.ingestion.build import build_index
from chatbot.readers.build import DocumentWriter
from chatbot.settings import Settings
from chatbot.types import (
    Answer,
    BlockKind,
    Citation,
    Document,
    Metadata,
    Passage,
    Span,
    Verdict,
    Why,
)
from chatbot.web.chat import Turn, reply
from chatbot.web.render import answer_html, mark_span, problem_html, turn_html
from chatbot.web.source import message_page, source_page
from tests.doors import QUESTION, application
from tests.markup import elements, select

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "handler": '<img src=x onerror="alert(1)">',
    "double quotes": '" onmouseover="alert(1)" x="',
    "single quotes": "' onmouseover='alert(1)' x='",
    "link": '<a href="javascript:alert(1)">here</a>',
    "markdown": "![here](https://example.org/x.png) [here](javascript:alert(1))",
    "end tags": "</mark></p></li></ol></section></article><h1>Approved</h1>",
    "comment": "<!-- here --> <![CDATA[ here ]]> <?php here ?>",
    "entities": "&lt;b&gt; &amp;amp; &#60;script&#62; &nbsp",
    "templates": "{{7*7}} ${alert(1)} <%= here %>",
    "override": "abc\u202egnp.exe\u202c",
    "null and tag": "<scr\x00ipt>\x0b<svg/onload=alert(1)>",
}
_hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())

GONE = (
    "The index that this citation came from is no longer kept, so the place is not marked. "
    "This is the text as it is indexed today."
)

# All that answers and sources are made of.
TAGS = set(
    "article section blockquote a p ol ul li bdi span mark details summary table tr th td "
    "html head meta title link body header main h1 h2 h3 h4 h5 h6 pre "
    "div nav img svg rect figure figcaption".split()
)
ATTRIBUTES = set(
    "class href target rel dir role id lang charset name content data-doc data-verdict "
    "src alt width height x y viewbox data-page aria-label aria-hidden".split()
)
SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-top-navigation-by-user-activation"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


def assert_inert(html: str) -> None:
    """Nothing but what the chatbot's own pages are made of, and links to its own sources."""
    for tag, attributes, _ in elements(html):
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES
        assert attributes.get("href", "/source/").startswith(("/source/", "/style/", "/original/"))
        assert attributes.get("src", "/page/").startswith("/page/")


def cited(text: str, *, marker: int = 1, **other: Any) -> Citation:
    """A citation all of whose words are this text; its passage has it twice."""
    passage = Passage(
        passage_id=f"{text}#0",
        doc_id=text,
        ordinal=0,
        text=f"{text} {text}",
        span=Span(10, 10 + 2 * len(text) + 1),
        section=(text, text),
        sentences=(),
    )
    return replace(
        Citation(
            marker=marker,
            doc_id=text,
            title=text,
            source=text,
            section=(text,),
            pages=(3, 4),
            span=Span(10, 10 + len(text)),
            quote=text,
            passage=passage,
            score=0.5,
            why=Why(1, None, 0.25, 0.5, 0.75, 1.0, 2.5),
            url="/source/x?span=1-2&build=b#evidence",
            metadata=Metadata(author=text, date=text, tags=(text,), extra={text: text}),
            also_in=(text, text),
        ),
        **other,
    )


def answered(verdict: Verdict, *found: Citation) -> Answer:
    """An answer with these citations."""
    none = verdict == "none"
    return Answer(
        question="asked",
        interpreted_question="asked",
        abstained=none,
        verdict=verdict,
        confidence=0.5,
        citations=() if none else found,
        nearest=found if none else (),
        build="20260101T000000-000000",
        searched_documents=1_234,
    )


def written(*blocks: tuple[BlockKind, str], **other: Any) -> Document:
    """A document of these blocks; headings are of the level 1."""
    writer = DocumentWriter()
    for kind, text in blocks:
        writer.add(kind, text, level=1 if kind == "heading" else 0)
    return replace(writer.document("d", source="d", media_type="text/plain"), **other)


# -- answers as HTML -------------------------------------------------------------------------


@_hostile
@pytest.mark.parametrize("verdict", ["strong", "possible", "none"])
def test_an_answer_shows_every_text_as_text(text: str, verdict: Verdict) -> None:
    """In every place where words of a document appear, word for word and nothing else."""
    card = cited(text, further=(cited(text),))
    html = answer_html(answered(verdict, card))
    assert_inert(html)
    for place in select(html, "a", kind="source"):
        assert place.text == f"{text} › {text} › pages 3, 4"
    for passage in select(html, "p", kind="passage"):
        assert passage.text == f"{text} {text}"
    assert [each.text for each in select(html, "mark")] == [text, text]
    assert [each.text for each in select(html, "p", kind="also")] == [f"Also in {text}, {text}"]
    assert [each.attributes["data-doc"] for each in select(html, kind="card")] == [text]
    best = [each.text for each in select(html, "blockquote")]
    assert best == ([] if verdict == "none" else [f"{text} [1]"])


@_hostile
def test_a_question_and_a_problem_are_shown_as_text(text: str) -> None:
    """What people type is as little to be trusted as what they read."""
    html = turn_html(text, problem_html(QuestionError(text)))
    assert_inert(html)
    assert [each.text for each in select(html, "h2")] == [text]
    assert [each.text for each in select(html, "p")] == [text]


@_hostile
@pytest.mark.parametrize("verdict", ["possible", "none"])
def test_how_a_question_was_understood_is_shown_as_text(text: str, verdict: Verdict) -> None:
    """It is made of what was typed before."""
    answer = replace(answered(verdict, cited("x")), interpreted_question=text)
    html = answer_html(answer)
    assert_inert(html)
    (understood,) = select(html, "p", kind="understood")
    assert understood.text == f"Understood as: {text}"
    assert select(answer_html(answered(verdict, cited("x"))), kind="understood") == []


@_hostile
def test_a_link_can_not_leave_its_attribute(text: str) -> None:
    """The address of a citation is escaped too, whatever made it."""
    html = answer_html(answered("strong", cited("x", url=f"/source/{text}")))
    assert_inert(html)
    links = {each.attributes["href"] for each in select(html, "a")}
    assert links == {f"/source/{text}"}


def test_texts_keep_their_writing_direction_to_themselves() -> None:
    """Each text of a document stands in an element that takes its direction from it alone."""
    html = answer_html(answered("possible", cited("سلام", further=(cited("سلام"),))))
    (whole,) = select(html, "section")
    isolated = [*select(html, "bdi"), *select(html, dir="auto")]
    assert sum(each.text.count("سلام") for each in isolated) == whole.text.count("سلام") > 0


@pytest.mark.parametrize(
    ("verdict", "words"), [("strong", "Strong match"), ("possible", "Possible match")]
)
def test_confidence_is_said_in_words(verdict: Verdict, words: str) -> None:
    """With the best sentence and a link to its place."""
    html = answer_html(answered(verdict, cited("One."), cited("Two.", marker=2)))
    assert [each.text for each in select(html, kind="confidence")] == [words]
    assert [each.text for each in select(html, "blockquote")] == ["One. [1]"]
    (marker,) = select(html, "a", kind="marker")
    assert marker.attributes["href"] == "/source/x?span=1-2&build=b#evidence"
    markers = [each.text for each in select(html, "span", kind="marker")]
    assert markers == ["[1]", "[2]"]


def test_nothing_found_says_how_much_was_searched() -> None:
    """The nearest passages are folded away; without any there is nothing to unfold."""
    html = answer_html(answered("none", cited("Near.")))
    assert "Not found in 1,234 documents. Try other words" in html
    assert select(html, "summary")[0].text.startswith("The nearest passages")
    bare = answer_html(replace(answered("none"), searched_documents=1))
    assert "Not found in 1 document. Try" in bare
    assert select(bare, "details") == []


def test_a_quote_that_does_not_verify_is_not_marked() -> None:
    """Its passage is shown without a highlight."""
    html = answer_html(answered("strong", cited("One.", verified=False)))
    assert select(html, "mark") == []
    assert [each.text for each in select(html, "p", kind="passage")] == ["One. One."]


@pytest.mark.parametrize(
    ("pages", "words"), [(None, "A › B"), ((), "A › B"), ((7,), "A › B › page 7")]
)
def test_a_place_is_title_section_and_page(pages: tuple[int, ...] | None, words: str) -> None:
    """As far as there are pages."""
    html = answer_html(answered("strong", cited("x", title="A", section=("B",), pages=pages)))
    assert {each.text for each in select(html, "a", kind="source")} == {words}


def test_why_a_passage_was_chosen_is_told_in_numbers() -> None:
    """Each clue on a line, with its rank where it has one."""
    html = answer_html(answered("strong", cited("x")))
    assert [each.text for each in select(html, "tr")] == [
        "Meaningrank 1cosine 0.250",
        "Words0.500 of the best possible",
        "Best sentencecosine 0.750",
        "Documentcosine 1.000",
        "Together0.500",
    ]


@given(st.text("ab<>&\"' \n"), st.integers(0, 20), st.integers(0, 20))
def test_marking_changes_no_word(text: str, start: int, length: int) -> None:
    """The text is what it was, and the mark holds the span."""
    start = min(start, len(text))
    (whole,) = select(f"<p>{mark_span(text, Span(start, start + length))}</p>", "p")
    (mark,) = select(mark_span(text, Span(start, start + length)), "mark")
    assert whole.text == text
    assert mark.text == text[start : start + length]


# -- the chat --------------------------------------------------------------------------------


def test_a_reply_clears_the_input_and_adds_a_turn(demo: Chatbot) -> None:
    """The turns before it stay as they are, and the given list is not touched."""
    earlier = Turn("What is the grey zone?", "<p>earlier</p>")
    before = [earlier]
    cleared, page, turns = reply(demo, QUESTION, before)
    assert (cleared, before, turns[0], len(turns)) == ("", [earlier], earlier, 2)
    assert turns[1].question == QUESTION
    assert page == earlier.html + turns[1].html
    assert [each.text for each in select(turns[1].html, "h2")] == [QUESTION]
    assert "S-400" in page


def test_a_reply_to_what_can_not_be_asked_is_a_sentence(demo: Chatbot) -> None:
    """And shows no more of the question than could have been asked."""
    _, page, turns = reply(demo, "x" * 100_000, [])
    assert len(turns) == 1
    assert [each.text for each in select(page, "h2")] == ["x" * 4_000]
    (problem,) = select(page, "section")
    assert problem.text.startswith("The question has 100,000 characters")


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
    """The chatbot over a document that attacks, in a file whose name does too, and a copy."""
    for name in ATTACKERS:
        (settings.corpus / name).write_text(ATTACKS, "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def test_a_source_shows_every_text_as_text(attacked: Chatbot) -> None:
    """Title, author, name, headings, items, tables and code; asked for by a citation's link."""
    client = TestClient(application(attacked))
    found = attacked.retrieve("What does the zebra protocol say?", top_k=9)
    assert {each.doc_id for each in found} == ATTACKERS
    for each in found:
        page = client.get(each.url)
        assert page.status_code == 200
        assert_inert(page.text)
        assert [h1.text for h1 in select(page.text, "h1")] == ["<script>alert('title')</script>"]
        details = [bdi.text for bdi in select(page.text, "bdi")]
        assert details == ["<b onclick=alert(1)>Ann</b>", "2020-05-31", each.source]
        assert "".join(mark.text for mark in select(page.text, "mark")) == each.quote
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


def test_an_answer_from_hostile_documents_is_inert(attacked: Chatbot) -> None:
    """From the files to the HTML, with the repeated document named."""
    _, page, _ = reply(attacked, "What does the zebra protocol say?", [])
    assert_inert(page)
    (best,) = select(page, "blockquote")
    assert best.text == "The zebra protocol says <script>alert('text')</script> in plain words. [1]"
    (card,) = select(page, kind="card")
    (also,) = select(page, kind="also")
    assert {card.attributes["data-doc"], also.text.removeprefix("Also in ")} == ATTACKERS


@pytest.mark.parametrize("address", ["arms-sales.md", "arms-sales.md?span=0-9", "nowhere"])
def test_a_source_may_load_and_run_nothing(client: TestClient, address: str) -> None:
    """The policy holds for pages that are there and for those that are not."""
    headers = client.get(f"/source/{address}").headers
    assert SECURITY.items() <= dict(headers).items()
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_a_span_is_marked_across_blocks() -> None:
    """In every block that it touches; the first mark is where the browser scrolls to."""
    document = written(
        ("heading", "Arms"), ("paragraph", "One & two."), ("item", "three"), ("code", "a\n b")
    )
    assert document.text == "Arms\n\nOne & two.\n\nthree\n\na\n b"
    page = source_page(document, Span(2, 27), [], "/style/page.css")
    body = page.split("<main>")[1].split("</main>")[0]
    assert body == (
        '<h2 dir="auto">Ar<mark id="evidence">ms</mark></h2>'
        '<p dir="auto"><mark>One &amp; two.</mark></p>'
        '<ul class="items"><li dir="auto"><mark>three</mark></li></ul>'
        "<pre><mark>a\n</mark> b</pre>"
    )


def test_a_span_between_blocks_marks_nothing() -> None:
    """The blank line that parts two blocks is nobody's words."""
    document = written(("heading", "Arms"), ("paragraph", "One."))
    page = source_page(document, Span(4, 6), [], "/style/page.css")
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
    """Whatever the blocks and the span: text in order, marks inside, at most one target."""
    document = written(*blocks)
    page = source_page(document, Span(start, start + length), ["<note>"], "/style/page.css")
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
    """The name in the address is anybody's."""
    page = message_page(text, text, "/style/page.css")
    assert_inert(page)
    assert [each.text for each in select(page, "h1")] == [text]
    assert [each.text for each in select(page, "p")] == [text]


@pytest.mark.parametrize(
    "span",
    [
        *("banana", "5", "-5", "5-", "7-3", "5-5", "0-999999", "999998-999999", "-1-5", "1-2-3"),
        *("٣-٩", "1e1-2e1", " 1-9", "0-1000000000000", "<script>", "%00", "0x1-0x9"),
    ],
)
def test_a_bad_span_is_said_not_to_verify(client: TestClient, span: str) -> None:
    """The document is shown, nothing is marked, and a note says why."""
    page = client.get("/source/arms-sales.md", params={"span": span})
    assert page.status_code == 200
    assert notes(page.text) == ["The cited place does not verify, so it is not marked."]
    assert select(page.text, "mark") == []


def notes(page: str) -> list[str]:
    return [each.text for each in select(page, kind="note")]


def test_a_good_span_is_marked(client: TestClient, demo: Chatbot) -> None:
    """From the first character to the last; without a span there is neither mark nor note."""
    document = demo.document("arms-sales.md")
    assert document
    heading = document.blocks[0].span.of(document.text)
    page = client.get("/source/arms-sales.md", params={"span": f"0-{len(heading)}"}).text
    assert [mark.text for mark in select(page, "mark")] == [heading]
    whole = client.get("/source/arms-sales.md", params={"span": f"0-{len(document.text)}"}).text
    parts = [part.span for part in sorted(document.blocks, key=lambda part: part.span)]
    words = "".join(span.of(document.text) for span in parts)
    assert "".join(mark.text for mark in select(whole, "mark")) == words
    plain = client.get("/source/arms-sales.md").text
    assert (select(plain, "mark"), notes(plain)) == ([], [])


@pytest.mark.parametrize("name", ["nowhere", "..%2Fx", "%00", "%3Cscript%3E", "arms-sales.md%2F"])
def test_an_unknown_document_gets_a_page_that_says_so(client: TestClient, name: str) -> None:
    """Under 404, in words."""
    page = client.get(f"/source/{name}")
    assert page.status_code == 404
    assert_inert(page.text)
    (said,) = select(page.text, "p")
    assert said.text.startswith("There is no document “")
    assert said.text.endswith("”. It may have been renamed or removed.")


def test_a_file_that_has_changed_since_is_said_to_have(settings: Settings) -> None:
    """And one that is gone; both are shown and marked as they were indexed."""
    note = settings.corpus / "note.txt"
    note.write_text("The radar was sold to Omsk.", "utf-8")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        client = TestClient(application(chatbot))

        def seen() -> tuple[list[str], list[str]]:
            page = client.get("/source/note.txt?span=4-9").text
            return [mark.text for mark in select(page, "mark")], notes(page)

        assert seen() == (["radar"], [])
        note.write_text("The sonar was sold to Kiel.", "utf-8")
        assert seen() == (
            ["radar"],
            ["The file has changed since it was indexed. This is its text as it was then."],
        )
        note.unlink()
        assert seen() == (
            ["radar"],
            ["The file is no longer there. This is its text as it was indexed."],
        )


def test_a_citation_of_another_build_is_shown_as_it_was(settings: Settings) -> None:
    """As long as that build is kept; then the text of today, unmarked, with a note."""
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
def test_a_build_that_is_none_is_as_one_that_is_gone(client: TestClient, build: str) -> None:
    """It is a name in a list, and never a path."""
    page = client.get(f"/source/arms-sales.md?span=0-9&build={build}")
    assert page.status_code == 200
    assert select(page.text, "mark") == []
    assert notes(page.text) == [GONE]


def test_the_style_is_served(client: TestClient) -> None:
    """From here, as the policy demands."""
    found = client.get("/style/source.css")
    assert found.status_code == 200
    assert found.headers["content-type"] == "text/css; charset=utf-8"
    assert select(client.get("/source/arms-sales.md").text, "link")[0].attributes["href"] == (
        "/style/source.css"
    )
