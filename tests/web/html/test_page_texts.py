"""The texts of the page: complete in every language, and all in use."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from string import Formatter

import pytest

from chatbot.clues import CLUES
from chatbot.errors import SkipKind
from chatbot.types import Filters
from chatbot.web.html.page_texts import Words, accepted_language, languages, words_in
from chatbot.web.problems import CODES
from tests.shared import PROJECT

WEB = PROJECT / "chatbot" / "web"
ENGLISH = words_in("en").texts
# Attributes of `Words`, which look like texts: `words.count(...)`.
METHODS = {name for name in dir(Words) if not name.startswith("_")} | {"toml"}
# Written out from the plural rules of CLDR for whole numbers. A language that has a form for exact
# millions alone, as French has, uses "other" for them.
FORMS = {
    "de": {"one", "other"},
    "en": {"one", "other"},
    "fr": {"one", "other"},
    "ru": {"one", "few", "many"},
    "zh": {"other"},
}
COUNTED = {name.removesuffix("_one") for name in ENGLISH if name.endswith("_one")}


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


@pytest.mark.parametrize("language", languages())
def test_every_error_has_its_sentence(language: str) -> None:
    """Texts and codes match one to one, and every placeholder has a value."""
    texts = words_in(language).texts
    names = {name.removeprefix("problem_") for name in texts if name.startswith("problem_")}
    codes = error_codes()
    assert names == codes.keys()
    assert len(codes) > 12
    for code, values in codes.items():
        assert places(texts[f"problem_{code}"]) <= values, code


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_text_with_its_places(language: str) -> None:
    """No text and no placeholder is missing, and none is left over.

    A text that counts has exactly the plural forms that the language needs for whole numbers.
    """
    texts = words_in(language).texts
    versions = {f"{stem}_{form}": stem for stem in COUNTED for form in FORMS[language]}
    english_versions = {f"{stem}_{form}" for stem in COUNTED for form in FORMS["en"]}
    assert texts.keys() == (ENGLISH.keys() - english_versions) | versions.keys()
    for name, text in texts.items():
        english = ENGLISH.get(name) or ENGLISH[f"{versions[name]}_other"]
        assert text.strip(), name
        assert places(text) == places(english), name


@pytest.mark.parametrize("language", languages())
def test_every_whole_number_has_its_text(language: str) -> None:
    """The form of each number below a thousand is among the language's forms, and all occur."""
    words = words_in(language)
    assert {words.locale.plural_form(number) for number in range(1_000)} == FORMS[language]
    for number in (0, 1, 2, 5, 11, 21, 1_000, 1_000_000):
        assert words.number(number) in words.count("count_documents", number)


@pytest.mark.parametrize("language", languages())
def test_a_language_writes_its_own_sentences(language: str) -> None:
    """A sentence in English on another page is one that was forgotten."""
    texts = words_in(language).texts
    sentences = {name for name, text in ENGLISH.items() if len(text.split()) >= 4}
    same = {name for name in sentences if texts.get(name) == ENGLISH[name]}
    assert same == (sentences if language == "en" else set())


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
    greetings = {"about_greeting", "about_thanks", "about_help"}  # by the kind of question
    fixed = verdicts | facets | codes | waiting | reasons | clues | lost | greetings
    for name in ENGLISH.keys() - fixed:
        stem = re.sub("_(one|other)$", "", name)
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
        ("it, ru;q=0.9, fr;q=0.8", "ru"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr-CA", "fr"),
        ("it, ja", "en"),
        ("DE", "de"),
        ("*", "en"),
        ("de;q=2;;", "en"),
        ("x" * 10_000, "en"),
    ],
)
def test_the_language_is_the_one_that_the_browser_prefers(header: str, language: str) -> None:
    """It is one of the page's languages; English if none matches."""
    assert accepted_language(header) == language


def test_counts_follow_the_plural_rules_of_the_language() -> None:
    """Thousands are separated as the language does it."""
    count = {language: partial(words_in(language).count, "narrow_left") for language in languages()}
    assert count["en"](1) == "1 document will be searched"
    assert count["en"](1_234) == "1,234 documents will be searched"
    assert count["de"](1_234) == "1.234 Dokumente werden durchsucht"
    assert count["fr"](0) == "La recherche portera sur 0 document"
    assert count["fr"](1_000_000) == "La recherche portera sur 1\u202f000\u202f000 documents"
    russian = words_in("ru")
    assert [russian.count("count_files", number) for number in (1, 3, 11, 21, 25)] == [
        "1 файл",
        "3 файла",
        "11 файлов",
        "21 файл",
        "25 файлов",
    ]
    assert words_in("zh").count("count_files", 1) == "1 个文件"


def test_a_score_has_three_decimals() -> None:
    """It uses the language's decimal sign."""
    scores = {language: words_in(language).score(0.25) for language in languages()}
    assert scores == {"en": "0.250", "zh": "0.250", "de": "0,250", "fr": "0,250", "ru": "0,250"}


@pytest.mark.parametrize(
    ("language", "day", "month", "moment"),
    [
        ("en", "31 May 2018", "May 2018", "31 May 2018, 09:05"),
        ("de", "31.05.2018", "Mai 2018", "31.05.2018, 09:05"),
        ("fr", "31 mai 2018", "mai 2018", "31 mai 2018, 09:05"),
        ("ru", "31 мая 2018\u202fг.", "май 2018\u202fг.", "31 мая 2018\u202fг., 09:05"),
        ("zh", "2018年5月31日", "2018年5月", "2018年5月31日 09:05"),
    ],
)
def test_dates_are_in_the_readers_form(language: str, day: str, month: str, moment: str) -> None:
    """A document's date may be a month or a year; what isn't a date is kept."""
    words = words_in(language)
    assert words.date("2018-05-31") == day
    assert words.date("2018-05") == month
    assert "2018" in words.date("2018")
    assert [words.date(text) for text in ("", "May", "2018-13", "2018-05-31T10")] == [
        "",
        "May",
        "2018-13",
        "2018-05-31T10",
    ]
    assert words.moment(datetime(2018, 5, 31, 9, 5, 59, tzinfo=UTC)) == moment


def test_an_age_is_in_the_largest_unit_that_fits() -> None:
    """The future, which a wrong clock makes, counts as now."""
    now = datetime(2018, 5, 31, tzinfo=UTC)

    def ago(language: str, **age: int) -> str:
        return words_in(language).ago(now - timedelta(**age), now)

    assert ago("en", minutes=60) == "1 hour ago"
    assert ago("en", minutes=59) == "59 minutes ago"
    assert ago("en", seconds=-9) == "1 second ago"
    assert ago("de", days=3) == "vor 3 Tagen"
    assert ago("fr", hours=2) == "il y a 2 heures"
    assert ago("ru", hours=21) == "21 час назад"
    assert ago("zh", hours=3) == "3小时前"


def test_a_language_has_its_name_in_the_readers_language() -> None:
    """A region is left out, and an unknown tag is kept."""
    names = [words_in(language).language_name("de-AT") for language in ("en", "de", "ru", "zh")]
    assert names == ["German", "Deutsch", "немецкий", "德语"]
    assert words_in("en").language_name("<b>") == "<b>"
