"""The text of the page stands in one place, whole in each language."""

from __future__ import annotations

import ast
import re
from string import Formatter

import pytest

from chatbot.errors import SkipKind
from chatbot.types import Filters
from chatbot.web.html.page_texts import LANGUAGES, accepted_language, words_in
from chatbot.web.problems import CODES
from tests.shared import PROJECT

WEB = PROJECT / "chatbot" / "web"
ENGLISH = words_in("en").texts


def places(text: str) -> set[str]:
    """The names of the places to be filled."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def error_codes() -> dict[str, set[str]]:
    """Every code of an error, and the values that it is raised with, as the source has them."""
    codes: dict[str, set[str]] = {code: set() for code in CODES.values()}
    for path in (PROJECT / "chatbot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                given = {each.arg: each.value for each in node.keywords if each.arg}
                code = given.pop("code", None)
                if isinstance(code, ast.Constant) and code.value:
                    codes[str(code.value)] = set(given)
            elif isinstance(node, ast.ClassDef):
                for line in node.body:
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "code":
                        codes[ast.literal_eval(line.value)] = set()
    return codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_its_sentence(language: str) -> None:
    """By its code, with no more places to fill than the error has values for; and none is left."""
    texts = words_in(language).texts
    told = {name.removeprefix("problem_") for name in texts if name.startswith("problem_")}
    codes = error_codes()
    assert told == codes.keys()
    assert len(codes) > 12
    for code, values in codes.items():
        assert places(texts[f"problem_{code}"]) <= values, code


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
    for name in ENGLISH.keys() - verdicts - facets - codes - waiting - reasons:
        stem = name.removesuffix("_one").removesuffix("_other")
        assert re.search(
            rf"""["']({name}|{stem})["']|["']{stem}_\{{form\}}|words\.{name}\b""", code
        ), name


def test_every_text_that_the_page_names_is_there() -> None:
    """In Python as `words("name")`, in its script as `words.name`."""
    for path in [*WEB.rglob("*.py"), *WEB.rglob("*.js"), *WEB.rglob("*.html")]:
        text = path.read_text("utf-8")
        for name in re.findall(r'words\("(\w+)"|\bwords\.(\w+)\b', text):
            found = "".join(name)
            if path.suffix != ".js" and found in {"language", "count", "number", "texts", "toml"}:
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
    english, german = words_in("en"), words_in("de")
    assert english.count("narrow_left", 1) == "1 document is searched"
    assert english.count("narrow_left", 1_234) == "1,234 documents are searched"
    assert german.count("narrow_left", 1_234) == "1.234 Dokumente werden durchsucht"
