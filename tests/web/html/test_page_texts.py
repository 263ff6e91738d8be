"""The texts of the page: complete in every language, and all in use."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from chatbot.clues import CLUES
from chatbot.errors import SkipKind
from chatbot.types import Filters
from chatbot.web.html.page_texts import LANGUAGES, accepted_language, words_in
from chatbot.web.problems import CODES
from tests.shared import PROJECT

WEB = PROJECT / "chatbot" / "web"
ENGLISH = words_in("en").texts
# Attributes of `Words`, which look like texts: `words.count(...)`.
METHODS = {"language", "count", "number", "score", "markup", "count_markup", "texts", "toml"}


def places(text: str) -> set[str]:
    """The names of a text's placeholders."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def error_codes() -> dict[str, set[str]]:
    """Every error code in the source, with the names of the values that it's raised with."""
    codes: dict[str, set[str]] = {code: set() for code in CODES.values()}
    for path in (PROJECT / "chatbot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                keywords = {word.arg: word.value for word in node.keywords if word.arg}
                code = keywords.pop("code", None)
                if isinstance(code, ast.Constant) and code.value:
                    codes[str(code.value)] = set(keywords)
            elif isinstance(node, ast.ClassDef):
                for line in node.body:
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                        codes[ast.literal_eval(line.value)] = set()
    return codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_its_sentence(language: str) -> None:
    """Texts and codes match one to one, and every placeholder has a value."""
    texts = words_in(language).texts
    names = {name.removeprefix("problem_") for name in texts if name.startswith("problem_")}
    codes = error_codes()
    assert names == codes.keys()
    assert len(codes) > 12
    for code, values in codes.items():
        assert places(texts[f"problem_{code}"]) <= values, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_its_places(language: str) -> None:
    """No text and no placeholder is missing."""
    texts = words_in(language).texts
    assert texts.keys() == ENGLISH.keys()
    for name, text in texts.items():
        assert text.strip(), name
        assert places(text) == places(ENGLISH[name]), name


def test_no_text_is_left_over() -> None:
    """The page's code names each: in full, by its stem before a count, or by a value."""
    paths = [*WEB.rglob("*.py"), *WEB.rglob("*.js"), *WEB.rglob("*.html")]
    code = "".join(path.read_text("utf-8") for path in paths)
    verdicts = {"strong", "strong_more", "possible", "possible_more", "none"}
    facets = {f"narrow_{name}" for name in (*Filters.__dataclass_fields__, "year")}
    codes = {f"problem_{code}" for code in error_codes()}
    reasons = {f"skipped_{kind}" for kind in SkipKind}
    assert reasons <= ENGLISH.keys()
    waiting = {
        f"waiting_{kind}{more}" for kind in ("missing", "unusable") for more in ("", "_more")
    }
    clues = {f"why_{word}" for clue in CLUES for word in (clue.name, clue.unit)}
    lost = {"lost_page_feedback"}  # by the name of the event
    fixed = verdicts | facets | codes | waiting | reasons | clues | lost
    for name in ENGLISH.keys() - fixed:
        stem = name.removesuffix("_one").removesuffix("_other")
        assert re.search(
            rf"""["']({name}|{stem})["']|["']{stem}_\{{form\}}|words\.{name}\b""", code
        ), name


def test_every_text_that_the_page_names_is_there() -> None:
    """As `words("name")` in Python and templates, as `words.name` in scripts.

    A name that is completed at run time, with `~`, is checked by the test above.
    """
    for path in [*WEB.rglob("*.py"), *WEB.rglob("*.js"), *WEB.rglob("*.html")]:
        text = path.read_text("utf-8")
        for name in re.findall(r'words\("(\w+)"(?! ~)|\bwords\.(\w+)\b', text):
            key = "".join(name)
            if path.suffix != ".js" and key in METHODS:
                continue
            assert key in ENGLISH, f"{path.name}: {key}"


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
def test_the_language_is_the_one_that_the_browser_prefers(header: str, language: str) -> None:
    """It is one of the page's languages; English if none matches."""
    assert accepted_language(header) == language


def test_counts_have_a_singular_and_a_plural() -> None:
    """Thousands are separated as the language does it."""
    english, german = words_in("en"), words_in("de")
    assert english.count("narrow_left", 1) == "1 document will be searched"
    assert english.count("narrow_left", 1_234) == "1,234 documents will be searched"
    assert german.count("narrow_left", 1_234) == "1.234 Dokumente werden durchsucht"


def test_a_score_has_three_decimals() -> None:
    """It uses the language's decimal sign."""
    assert [words_in(language).score(0.25) for language in LANGUAGES] == ["0.250", "0,250"]
