"""The text of the page stands in one place, whole in each language."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from chatbot.types import Filters
from chatbot.web.words import LANGUAGES, accepted_language, words_in
from tests.shared import PROJECT

WEB = PROJECT / "chatbot" / "web"
ENGLISH = words_in("en").texts


def places(text: str) -> set[str]:
    """The names of the places to be filled."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_its_places(language: str) -> None:
    """A text that is missing would be an error in the page; a place that is, a loss."""
    texts = words_in(language).texts
    assert texts.keys() == ENGLISH.keys()
    for name, text in texts.items():
        assert text.strip(), name
        assert places(text) == places(ENGLISH[name]), name


def test_no_text_is_left_over() -> None:
    """Each is named in the page's code: whole, by what a count adds to, or by a value."""
    paths = [*WEB.glob("*.py"), *WEB.glob("assets/*.js")]
    code = "".join(path.read_text("utf-8") for path in paths)
    verdicts = {"strong", "strong_more", "possible", "possible_more", "none"}
    facets = {f"narrow_{name}" for name in Filters.__dataclass_fields__}
    for name in ENGLISH.keys() - verdicts - facets:
        stem = name.removesuffix("_one").removesuffix("_other")
        assert re.search(rf"""["']({name}|{stem})["']|words\.{name}\b""", code), name


def test_every_text_that_the_page_names_is_there() -> None:
    """In Python as `words("name")`, in its script as `words.name`."""
    for path in [*WEB.glob("*.py"), *WEB.glob("assets/*.js")]:
        text = path.read_text("utf-8")
        for name in re.findall(r'words\("(\w+)"|\bwords\.(\w+)\b', text):
            found = "".join(name)
            if path.suffix == ".py" and found in {"language", "count", "texts", "toml"}:
                continue
            assert found in ENGLISH, f"{path.name}: {found}"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-CH", "de"),
        ("en,de", "en"),
        ("de;q=0.3, en;q=0.7", "en"),
        ("fr, ru", "en"),
        ("DE", "de"),
        ("*", "en"),
        ("de;q=2;;", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_likes_best(header: str, language: str) -> None:
    """Of those that the page has; English if it has none of them."""
    assert accepted_language(header) == language


def test_one_document_is_not_several() -> None:
    """And thousands are set apart."""
    words = words_in("en")
    assert words.count("narrow_left", 1) == "1 document is searched"
    assert words.count("narrow_left", 1_234) == "1,234 documents are searched"
