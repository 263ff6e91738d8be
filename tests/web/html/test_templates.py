"""Templates escape every value that isn't markup."""

from __future__ import annotations

import pytest
from babel import Locale
from markupsafe import Markup

from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render
from tests.hostile import HOSTILE, assert_inert
from tests.markup import select


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_value_is_shown_as_text(text: str) -> None:
    """This holds in an element and in an attribute."""
    words = Words("en", {"source_views": text}, Locale("en"))
    html = render("source/message.html", title=text, message=text, style=text, words=words)
    assert isinstance(html, Markup)
    assert [element.text for element in select(html, "p")] == [text]
    assert [link.attributes["href"] for link in select(html, "link")] == [text]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_of_the_page_filled_with_markup_keeps_only_that_markup(text: str) -> None:
    """The text itself and plain values are escaped."""
    words = Words("en", {"x": "a <b> & {plain} {markup}"}, Locale("en"))
    html = words.markup("x", plain=text, markup=Markup("<bdi>m</bdi>"))
    assert_inert(html)
    (whole,) = select(f"<p>{html}</p>", "p")
    assert whole.text == f"a <b> & {text} m"
    assert [element.text for element in select(html, "bdi")] == ["m"]


def test_a_value_that_a_template_lacks_is_an_error() -> None:
    """A misspelt name must not leave a gap in the page."""
    with pytest.raises(Exception, match="undefined"):
        render("source/message.html", title="x")
