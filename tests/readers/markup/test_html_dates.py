"""The date of a web page comes from its metadata, never from its text."""

from __future__ import annotations

import pytest

from chatbot.readers.markup.html_dates import stated_date

LINKED = '<script type="application/ld+json">'
PROSE = "<p>The council decided that every holder of a card may use the baths at any time.</p>"


@pytest.mark.parametrize(
    ("mark", "date"),
    [
        ('<meta property="article:published_time" content="2020-02-03T10:00:00Z">', "2020-02-03"),
        ('<meta name="DC.date" content="20200203">', "2020-02-03"),
        ('<meta name="citation_publication_date" content="2020/2/3">', "2020-02-03"),
        ('<meta name="date" content="Mon, 03 Feb 2020 10:00:00 GMT">', "2020-02-03"),
        ('<meta name="date" content="February 3, 2020">', "2020-02-03"),
        ('<meta name="date" content="2020">', "2020"),
        (
            f'{LINKED}{{"datePublished": "2020-02-03"}}</script>',
            "2020-02-03",
        ),
        (
            f'{LINKED}{{"@graph": [{{"dateModified": "2020-02-03"}}]}}</script>',
            "2020-02-03",
        ),
        ('<article><header><time datetime="2020-02-03">3 Feb</time></header>', "2020-02-03"),
        ('<span class="entry-date published">3 February 2020</span>', "2020-02-03"),
        ('<link rel="canonical" href="https://example.org/2020/02/03/baths.html">', "2020-02-03"),
    ],
)
def test_a_date_that_the_page_states_counts(mark: str, date: str) -> None:
    """It may be in the head, in linked data, in the byline or in the address."""
    assert stated_date(f"<html><head>{mark}</head><body>{PROSE}</body></html>") == date


@pytest.mark.parametrize(
    "text",
    [
        "<title>The floods of 2011-07-01</title>",
        "<p class='date-note'>Cards from before July 1, 2011 stay valid.</p>",
        "<p>The fair takes place on <time datetime='2014-05-06'>6 May</time> as always.</p>",
        "<p>Published: 2013-04-05.</p>",
        "<footer>Copyright 2009-02-13 Someone</footer>",
        "<table><tr><td class='date'>2013-04-05</td><td>Pump bought</td></tr></table>",
        "<p class='published'>In 2013 the pump failed, and nobody in the town knew what to do.</p>",
        "<img src='/uploads/2013/04/05/pump.png'>",
        '<meta name="date" content="soon"><script type="application/ld+json">{</script>',
    ],
)
def test_a_date_in_the_text_is_not_the_date_of_the_page(text: str) -> None:
    """A sentence, a heading, a table and a picture tell of other days."""
    assert stated_date(f"<html><body>{text}{PROSE}</body></html>") is None


def test_the_date_of_publication_precedes_that_of_a_change() -> None:
    """In whatever order the page states them."""
    page = (
        '<meta property="article:modified_time" content="2024-01-01">'
        '<meta property="article:published_time" content="2020-02-03">'
    )
    assert stated_date(page) == "2020-02-03"
