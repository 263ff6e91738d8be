"""HTML: the article is text, the rest of the page is listed, hostile markup does no harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.chunking import chunk
from tests.readers.reading import blocks, covers, document, furniture, read_or_reason, reason

STORY = "Russia and China held a joint exercise in the Baltic Sea in July of that year. " * 3
AFTER = "The ships then went home to their ports, and the two ministers spoke of friendship. " * 3


def page(body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>The page</title></head><body>{body}</body></html>"


def test_hidden_parts_of_a_page_are_not_text() -> None:
    """Scripts, styles, templates, pictures and hidden elements give no text."""
    unseen = [
        "<script>never()</script>",
        "<style>.never{}</style>",
        "<noscript>never</noscript>",
        "<template>never</template>",
        "<svg><text>never</text></svg>",
        "<iframe>never</iframe>",
        "<!-- never -->",
        "<p hidden>never</p>",
        '<p aria-hidden="true">never</p>',
        '<p style="color:red; DISPLAY : none">never</p>',
        '<p onclick="never()" title="never"></p>',
    ]
    doc = document("a.html", page(f"<p>{STORY}</p>{''.join(unseen)}<p>{AFTER}</p>"))
    assert doc.text == f"{STORY.strip()}\n\n{AFTER.strip()}"


def test_the_page_around_the_article_is_listed_as_furniture() -> None:
    """Navigation, asides, forms and footers are listed and never retrieved."""
    doc = document(
        "a.html",
        page(
            f"<nav><a>Home</a> <a>World</a></nav><main><h1>Baltic drill</h1><p>{STORY}</p>"
            f"<p>{AFTER}</p></main><aside>Weather today</aside>"
            f"<form><label>Your name</label><button>Send it</button></form>"
            f"<footer><p>Impressum of the paper</p></footer>"
        ),
    )
    assert [text for _, text in blocks(doc)] == ["Baltic drill", STORY.strip(), AFTER.strip()]
    assert furniture(doc) == [
        ("navigation", "Home World"),
        ("navigation", "Weather today"),
        ("navigation", "Your name"),
        ("navigation", "Send it"),
        ("navigation", "Impressum of the paper"),
    ]
    assert covers(doc)


def test_a_form_around_the_whole_page_is_not_furniture() -> None:
    """ASP.NET puts the whole page into a form; the article is still recognised."""
    doc = document(
        "a.html",
        page(f"<form><nav>Home</nav><h1>Drill</h1><p>{STORY}</p><p>{AFTER}</p></form>"),
    )
    assert [text for _, text in blocks(doc)] == ["Drill", STORY.strip(), AFTER.strip()]
    assert furniture(doc) == [("navigation", "Home")]


def test_html_has_headings_lists_code_and_breaks() -> None:
    """The document has the structure of the page."""
    doc = document(
        "a.html",
        page(
            f"<h2>Sec<em>ond</em></h2><p>{STORY}<br>line</p><ul><li>one</li>"
            f"<li>two<ul><li>deep</li></ul></li></ul><pre>x = 1\ny = 2</pre><p>{AFTER}</p>"
        ),
    )
    assert blocks(doc) == [
        ("heading", "Second"),
        ("paragraph", f"{STORY}line"),
        ("item", "one"),
        ("item", "two"),
        ("item", "deep"),
        ("code", "x = 1\ny = 2"),
        ("paragraph", AFTER.strip()),
    ]
    assert doc.blocks[0].level == 2
    assert doc.title == "The page"


def test_html_tables_are_rows_unless_they_are_layout() -> None:
    """The cells of a record stay in one row; a layout table gives the blocks in its cells."""
    doc = document(
        "a.html",
        page(
            "<table><caption>Ships</caption><thead><tr><th>Year<th>Ships</thead>"
            "<tr><th>2012<td>7&nbsp;000</tr><tr><td></td><td></td></tr></table>"
            f"<table><tr><td><p>{STORY}</p></td><td><p>{AFTER}</p></td></tr></table>"
        ),
    )
    assert blocks(doc) == [
        ("header_row", "Ships"),
        ("header_row", "Year | Ships"),
        ("row", "2012 | 7 000"),
        ("paragraph", STORY.strip()),
        ("paragraph", AFTER.strip()),
    ]


def test_entities_are_characters_and_markup_in_them_is_text() -> None:
    """Escaped markup is text, and a direction override is removed."""
    doc = document(
        "a.html", "<p>&lt;script&gt;x&amp;y&lt;/script&gt; &euro;5 caf&eacute; &#x202e;evil &#1071;"
    )
    assert doc.text == "<script>x&y</script> €5 café evil Я"


def test_the_encoding_that_a_page_declares_is_used() -> None:
    """A few words are too little to guess an encoding, so the declaration counts."""
    for form in ('<meta charset="koi8-r">', "<meta content='text/html; charset = KOI8-R'>"):
        assert document("a.html", (form + "<p>мир и труд").encode("koi8-r")).text == "мир и труд"
    quoted = '<meta charset="iso-8859-1"><p>don’t “quote”'.encode("cp1252")
    assert document("a.html", quoted).text == "don’t “quote”"


def test_author_and_language_of_a_page_are_metadata() -> None:
    """Author and language come from the page."""
    doc = document(
        "a.html",
        '<html lang="en"><head><title>Drill</title><meta name="author" content="Jane Doe">'
        f"</head><body><p>{STORY}</p><p>{AFTER}</p></body></html>",
    )
    assert (doc.title, doc.metadata.author) == ("Drill", "Jane Doe")


@pytest.mark.parametrize("tag", ["div", "b", "table><tr><td", "ul><li", "blockquote", "span"])
def test_html_nested_too_deeply_is_refused(tag: str) -> None:
    """A page that would overflow the stack is refused; two hundred levels are read."""
    assert document("a.html", f"<{tag}>" * 60 + "some words").text == "some words"
    assert reason("a.html", f"<{tag}>" * 10_000 + "some words") == "nested too deeply"


_SOUP = st.lists(
    st.sampled_from(
        "<p>|</p>|<div|>|<b>|</b>|<table>|<tr>|<td>|</table>|<form>|</form>|<nav>|<li>|<h1>|<br>|"
        "<script>|</script>|<style>|<!--|-->|<![CDATA[|]]>|<?xml|&#0;|&amp;|&bogus;|<a href='|'|"
        "<svg>|<math>|<select>|<textarea>|<title>|<body>|<frameset>|<pre>|words |Leave a Reply|"
        "\x01|"
        "\ufeff|<p hidden>|<template>|</html>".split("|")
    ),
    max_size=25,
).map("".join)


@given(_SOUP)
@settings(max_examples=150, deadline=None)
def test_no_tag_soup_breaks_the_reader(soup: str) -> None:
    """Any HTML gives a document that covers its text, or a reason."""
    result = read_or_reason("a.html", f"<p>{soup}")
    if isinstance(result, str):
        assert result in {"no text", "not a text file"}
    else:
        assert all(map(covers, result))


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("an area of 5 km<sup>2</sup>", "an area of 5 km²"),
        (
            "a visit<sup>1</sup> and a treaty<a href='#n2'><sup>2</sup></a>",
            "a visit¹ and a treaty²",
        ),
        ("a fee of <del>40</del><ins>50</ins> euros", "a fee of ~~40~~50 euros"),
    ],
)
def test_a_paragraph_with_raised_or_struck_words_is_part_of_the_article(
    markup: str, text: str
) -> None:
    """Powers, numbers of notes and corrections don't turn a paragraph into page furniture."""
    doc = document(
        "a.html", page(f"<p>{STORY}</p><p>They agreed on {markup}, they said.</p><p>{AFTER}</p>")
    )
    assert ("paragraph", f"They agreed on {text}, they said.") in blocks(doc)
    assert not furniture(doc)


def test_signs_of_the_fonts_symbol_and_wingdings_are_read() -> None:
    """Outlook writes an arrow as a letter of Wingdings."""
    arrow = "<span style='font-family:Wingdings'>à</span>"
    least = '<font face="Symbol">³</font>'
    doc = document("a.html", page(f"<p>{STORY}</p><p>A {arrow} B, {least} 5 à la carte</p>"))
    assert blocks(doc)[1:] == [("paragraph", "A → B, ≥ 5 à la carte")]
    assert not furniture(doc)


def test_comments_between_words_do_not_split_a_sentence() -> None:
    """React writes a comment before and after each value that it puts into a sentence."""
    doc = document(
        "a.html",
        page(
            f"<p>{STORY}</p><p>It cost $<!-- -->5<!-- --> million in 2023.</p><p>{AFTER}</p>"
            "<table><tr><th>Item</th><th>Cost</th></tr>"
            "<tr><td>Jets</td><td>$<!-- -->5<!-- -->.2</td></tr></table>"
        ),
    )
    assert ("paragraph", "It cost $5 million in 2023.") in blocks(doc)
    assert ("row", "Jets | $5.2") in blocks(doc)


def test_paragraphs_inside_list_items_are_items() -> None:
    """Pandoc and wikis put the text of an item into a paragraph of its own."""
    doc = document(
        "a.html",
        page(
            f"<p>{STORY}</p><p>They signed:</p><ul><li><p>a treaty</p></li>"
            f"<li><div>a contract</div></li></ul><p>{AFTER}</p>"
        ),
    )
    assert blocks(doc)[1:4] == [
        ("paragraph", "They signed:"),
        ("item", "a treaty"),
        ("item", "a contract"),
    ]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("on <time datetime='2001-07-16'>16 July 2001</time>", "on 16 July 2001"),
        ("in <ruby>北京<rp>(</rp><rt>Běijīng</rt><rp>)</rp></ruby>", "in 北京"),
    ],
)
def test_dates_and_phonetic_guides_do_not_break_a_sentence(markup: str, text: str) -> None:
    """A paragraph stays in the article if words of it are marked as a date, or have a guide."""
    doc = document(
        "a.html", page(f"<p>{STORY}</p><p>They signed it {markup}, they said.</p><p>{AFTER}</p>")
    )
    assert ("paragraph", f"They signed it {text}, they said.") in blocks(doc)
    assert not furniture(doc)


def test_every_passage_of_a_table_has_its_caption() -> None:
    """The caption may state the unit of every figure."""
    rows = "".join(f"<tr><td>Dock {number}</td><td>{number}</td></tr>" for number in range(9))
    table = (
        f"<table><caption>In billions</caption><tr><th>Dock</th><th>Cost</th></tr>{rows}</table>"
    )
    doc = document("a.html", page(f"<p>{STORY}</p>{table}<p>{AFTER}</p>"))
    passages = chunk(
        doc, count_tokens=lambda texts: [len(text.split()) for text in texts], budget=20
    )
    last = next(passage for passage in passages if "Dock 8" in passage.text)
    assert [line.text for line in last.lead] == ["In billions", "Dock | Cost"]
