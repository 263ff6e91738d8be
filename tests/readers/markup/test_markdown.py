"""Markdown: front matter is metadata, structure is kept, markup is removed."""

from __future__ import annotations

import re

import pytest

from tests.readers.reading import blocks, document, furniture


def test_front_matter_becomes_metadata() -> None:
    """Title, author, date, language and tags are recognised; other fields are kept by name."""
    doc = document(
        "a.md",
        "---\ntitle : Joint  exercises\nauthors: [A. Li, B. Petrov]\n"
        "date: 2018-01-19 12:00:00 +0800\nlanguage: en\ntags: arms, sea ,\n"
        "region: Baltic\nempty:\nnested: {a: 1, b: {c: 2}}\n---\nText.\n",
    )
    assert doc.title == "Joint exercises"
    assert doc.metadata.author == "A. Li; B. Petrov"
    assert doc.metadata.date == "2018-01-19"
    assert doc.metadata.language == "en"
    assert doc.metadata.tags == ("arms", "sea")
    assert doc.metadata.extra == {"region": "Baltic", "nested": "1"}
    assert doc.text == "Text."


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2018", "2018"),
        ("2018-01", "2018-01"),
        ("2018-13-45", "2018"),
        ("2018-02-03T04:05:06Z", "2018-02-03"),
        ("yesterday", None),
        ("~", None),
    ],
)
def test_the_valid_part_of_an_iso_date_is_kept(written: str, date: str | None) -> None:
    """An impossible month or day is left out, the rest of the date is kept."""
    doc = document("a.md", f"---\ntitle: No\ndate: {written}\n---\nText.")
    assert (doc.title, doc.metadata.date) == ("No", date)


@pytest.mark.parametrize(
    "head",
    [
        'title: "Broken',
        "a: b: c",
        "- a list",
        "just words",
        "? [x]\n: y",
        "&a [*a, *b]",
        "!!python",
    ],
)
def test_invalid_front_matter_stays_text(head: str) -> None:
    """Broken YAML stays visible, so that a person can fix it."""
    doc = document("a.md", f"---\n{head}\n---\n\nText.")
    words = re.findall(r"\w+", f"{head} Text")
    assert re.findall(r"\w+", doc.text) == words
    assert doc.metadata.extra == {}


@pytest.mark.parametrize(
    ("head", "groups"),
    [
        ("groups: [hr, board]", "hr; board"),
        ("groups: hr , board", "hr; board"),
        ("Groups:\n- hr", "hr"),
        ("groups: hr  office", "hr office"),
        # Names that can't be read admit nobody.
        ("groups:", ""),
        ("groups: []", ""),
        ("groups: [[hr]]", ""),
        ("groups: {a: hr, b: board}", ""),
        ("groups: ['hr; board', x]", "x"),
        ("groups: hr\nGROUPS: all", ""),
    ],
)
def test_front_matter_names_the_groups_that_may_see_a_document(head: str, groups: str) -> None:
    """They are kept among the other fields, joined."""
    assert document("a.md", f"---\n{head}\n---\nText.").metadata.extra == {"groups": groups}


@pytest.mark.parametrize(
    "head",
    [
        'groups: hr\ntitle: "Broken\n---\n',
        "groups: [hr\n---\n",
        "groups:hr\n---\n",
        "  'groups' : [hr\n...\n",
        "title: never closed\ngroups: hr\n",
        "{groups: hr\n---\n",
    ],
)
def test_groups_in_front_matter_that_can_not_be_read_admit_nobody(head: str) -> None:
    """Or a slip of the pen would open the document to everyone."""
    doc = document("a.md", f"---\n{head}\nText.")
    assert doc.metadata.extra == {"groups": ""}
    assert "hr" in doc.text


def test_text_that_only_mentions_groups_names_none() -> None:
    """It takes a line of front matter."""
    for text in ("Groups: hr\n", "---\n\ngroups: hr\n", "---\nage groups: hr\n\nText.\n"):
        assert document("a.md", text).metadata.extra == {}


def test_hostile_front_matter_does_not_explode() -> None:
    """Aliases that would expand beyond any memory aren't followed."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 60)]
    doc = document("a.md", "\n".join(["---", *lines, "---", "Text."]))
    assert doc.text == "Text."
    assert doc.metadata.extra == {"a0": "; ".join("x" * 10)}


def test_markdown_is_read_without_its_marks() -> None:
    """Headings, emphasis, links, pictures, code and escapes give the words that a reader sees."""
    doc = document(
        "a.md",
        "# One *two* `three`\n\nSetext\n------\n\n"
        'See [the **report**](http://x.example/r "title") and <http://y.example>; 2 &lt; 3 \\*.\n'
        "Same paragraph  \nafter a break.\n\n![A Su-35 in flight](su35.png)\n\n"
        "> Quoted ~~gone~~.\n",
    )
    assert blocks(doc) == [
        ("heading", "One two three"),
        ("heading", "Setext"),
        (
            "paragraph",
            "See the report and http://y.example; 2 < 3 *. Same paragraph after a break.",
        ),
        ("paragraph", "A Su-35 in flight"),
        ("paragraph", "Quoted ~~gone~~."),
    ]
    assert [block.level for block in doc.blocks[:2]] == [1, 2]


def test_markdown_lists_are_items() -> None:
    """Each list item is an item at any depth, and so are its further paragraphs."""
    doc = document("a.md", "Before:\n\n1. one\n2. two\n   - nested\n\n     more of it\n\nAfter.")
    assert blocks(doc) == [
        ("paragraph", "Before:"),
        ("item", "one"),
        ("item", "two"),
        ("item", "nested"),
        ("item", "more of it"),
        ("paragraph", "After."),
    ]


def test_a_deep_list_is_read_to_its_end() -> None:
    """No level is dropped silently."""
    text = "\n".join(f"{'  ' * depth}- level {depth}" for depth in range(40))
    assert blocks(document("a.md", text)) == [("item", f"level {depth}") for depth in range(40)]


def test_markdown_tables_keep_their_header() -> None:
    """The header is a header row; an empty cell keeps its place."""
    doc = document("a.md", "| Year | *Ships* |\n|---|--:|\n| 2012 | 7 |\n| 2013 | |\n\nAfter.")
    assert blocks(doc) == [
        ("header_row", "Year | Ships"),
        ("row", "2012 | 7"),
        ("row", "2013 |"),
        ("paragraph", "After."),
    ]


def test_markdown_code_keeps_its_lines() -> None:
    """Markup in code is text, fenced or indented."""
    doc = document("a.md", "```python\n# no heading\nx = *y*\n```\n\n    indented\n    code\n")
    assert blocks(doc) == [("code", "# no heading\nx = *y*"), ("code", "indented\ncode")]


def test_html_in_markdown_is_read_as_html() -> None:
    """Its visible words are text; tags and hidden elements aren't."""
    doc = document(
        "a.md",
        "Line<br>break, <b>bold</b>, H<sub>2</sub>O <!-- no -->end\n\n"
        "<div><p>First</p><p>Second</p><script>never()</script></div>\n\n"
        "<style>p {never: 1}</style>\n\n<!-- never -->\n\n<nav>Site map</nav>\n\n"
        "<table><tr><th>Year</th></tr><tr><td>2012</td></tr></table>\n",
    )
    assert blocks(doc) == [
        ("paragraph", "Line break, bold, H2O end"),
        ("paragraph", "First"),
        ("paragraph", "Second"),
        ("header_row", "Year"),
        ("row", "2012"),
    ]
    assert furniture(doc) == [("navigation", "Site map")]


def test_markdown_with_crlf_reads_the_same() -> None:
    """Windows line ends change nothing, in front matter neither."""
    text = (
        "---\ntitle: T\n---\n\n# H\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
        "- x\n- y\n\n```\nc\nd\n```\n"
    )
    assert document("a.md", text.replace("\n", "\r\n")) == document("a.md", text)
