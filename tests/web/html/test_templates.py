"""Only templates write tags, and they escape every value that isn't markup."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from markupsafe import Markup

from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render
from tests.hostile import HOSTILE, assert_inert
from tests.markup import select
from tests.shared import PROJECT

WEB = PROJECT / "chatbot" / "web"


def strings(path: Path) -> Iterator[str]:
    """The text of every string of a module, f-strings too, but not its regular expressions."""
    tree = ast.parse(path.read_text("utf-8"))
    patterns = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"
        for argument in node.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in patterns:
            yield from [node.value] if isinstance(node.value, str) else []


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.py")), ids=lambda p: str(p.relative_to(WEB)))
def test_no_python_file_writes_a_tag_or_escapes(path: Path) -> None:
    """Regular expressions may have `<`: they read text and make none."""
    assert "escape(" not in path.read_text("utf-8")
    assert [text for text in strings(path) if "<" in text] == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_value_is_shown_as_text(text: str) -> None:
    """In an element and in an attribute."""
    words = Words("en", {"source_views": text})
    html = render("source/message.html", title=text, message=text, style=text, words=words)
    assert isinstance(html, Markup)
    assert [found.text for found in select(html, "p")] == [text]
    assert [link.attributes["href"] for link in select(html, "link")] == [text]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_text_of_the_page_filled_with_markup_keeps_only_that_markup(text: str) -> None:
    """The text itself and plain values are escaped."""
    words = Words("en", {"x": "a <b> & {plain} {markup}"})
    html = words.markup("x", plain=text, markup=Markup("<bdi>m</bdi>"))
    assert_inert(html)
    (whole,) = select(f"<p>{html}</p>", "p")
    assert whole.text == f"a <b> & {text} m"
    assert [element.text for element in select(html, "bdi")] == ["m"]


def test_a_value_that_a_template_lacks_is_an_error() -> None:
    """A misspelt name must not leave a gap in the page."""
    with pytest.raises(Exception, match="undefined"):
        render("source/message.html", title="x")
