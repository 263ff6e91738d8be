"""The report of an evaluation: complete, escaped, self-contained and drawn to scale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser, LexborNode

from chatbot.evaluation import charts
from chatbot.evaluation.charts import FRAME
from chatbot.evaluation.comparison import Change, Comparison, Difference
from chatbot.evaluation.question_set import Judgment
from chatbot.evaluation.report import group_of, report_page
from chatbot.evaluation.result import Evaluation
from tests.outcomes import card, evaluation_of, question_outcome
from tests.serving import CHROMIUM, chromium

ATTACK = "</style></script><script>window.attacked = 1</script><img src=x onerror=alert(1)>\"'&amp;"

RIGHT = question_outcome(
    "right", card("a"), card("b"), relevant=(Judgment("a", quote="Some words"),)
)
WRONG = question_outcome(
    "wrong", card("b"), card("a"), relevant=(Judgment("a", 2), Judgment("gone"))
)
HIDDEN = question_outcome(
    "hidden", card("a"), relevant=(Judgment("a"),), abstained=True, confidence=0.1
)
LOST = question_outcome("lost", relevant=(Judgment("a"),), abstained=True, confidence=0.0)
CLAIMED = question_outcome("claimed", card("b"), answerable=False, confidence=0.4, milliseconds=9.0)
DECLINED = question_outcome(
    "declined", card("b"), answerable=False, abstained=True, confidence=0.05
)
ALL = (RIGHT, WRONG, HIDDEN, LOST, CLAIMED, DECLINED)

COMPARED = Comparison(
    build="20251231T000000-000000",
    made="2025-12-31T00:00:00+00:00",
    differences=(Difference(*("RR", 0.5, 0.75, 0.25, -0.125, 0.5, 0.2), wins=2, losses=1, ties=1),),
    changes=(
        Change("right", 0.0, 1.0),
        Change("wrong", 0.75, 0.5),
        Change("hidden", 1.0, 1.0),
        Change("lost", 0.0, 0.25),
    ),
    newly_abstained=("hidden",),
    newly_answered=(),
    only_now=("right",),
    only_before=(),
    settings={"depth": (50, 100)},
)


def report_html(evaluation: Evaluation, **options: str) -> LexborHTMLParser:
    values = {"questions": "set.jsonl", "command": "chatbot evaluate set.jsonl", **options}
    return LexborHTMLParser(report_page(evaluation, **values))


def texts(page: LexborHTMLParser | LexborNode, selector: str) -> list[str]:
    """The text of every matching element, white space collapsed."""
    return [" ".join(element.text().split()) for element in page.css(selector)]


# -- what it says ----------------------------------------------------------------------------


def test_the_report_has_the_circumstances_of_the_run() -> None:
    """It has time, build, corpus, model, settings and the command."""
    page = report_html(evaluation_of(*ALL))
    assert texts(page, "h1") == ["Evaluation of set.jsonl"]
    assert texts(page, "header .soft") == ["2026-01-02 03:04 UTC · build 20260101T000000-000000"]
    details = dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert details == {
        "Command": "chatbot evaluate set.jsonl",
        "Build": "20260101T000000-000000",
        "Corpus": "docs: 1,234 documents, 5,678 passages",
        "Model": "all-MiniLM-L6-v2",
        "Libraries": "tantivy 0.27",
        "Settings": "depth = 100",
    }
    (lead,) = texts(page, ".lead")
    assert lead == (
        "6 questions were asked of 1,234 documents. 4 of them have an answer there: a right "
        "document came first for 2, and the chatbot wrongly abstained on 1. 2 have none: the "
        "chatbot rightly abstained on 1."
    )


def test_every_figure_has_its_meaning() -> None:
    """The meaning is a sentence in the same cell as the name."""
    names = texts(report_html(evaluation_of(*ALL)), ".figures tbody th")
    assert [name.split()[0] for name in names] == [*"RR right abstained confidence time".split()]
    assert all(name.endswith(".") and len(name.split()) > 5 for name in names)


def test_questions_are_grouped_by_outcome() -> None:
    """The worst group comes first; right outcomes are collapsed."""
    assert list(map(group_of, ALL)) == [
        *("right", "wrong", "abstained", "wrong", "answered", "declined")
    ]
    groups = report_html(evaluation_of(*ALL)).css("details.group")
    assert [(texts(element, "summary")[0], "open" in element.attributes) for element in groups] == [
        ("Answered, though there is no answer: 1", True),
        ("Another document came first: 2", True),
        ("Abstained, though there is an answer: 1", True),
        ("The right document came first: 1", False),
        ("Rightly abstained: 1", False),
    ]


def question(page: LexborHTMLParser, name: str) -> LexborNode:
    return next(
        element for element in page.css("details.question") if texts(element, ".id") == [name]
    )


def test_a_question_shows_its_cards_and_its_judgments() -> None:
    """Cards have title, sentence, score and judgment; judged documents have rank and place."""
    page = report_html(evaluation_of(*ALL))
    cards, judged = question(page, "right").css("section")
    assert texts(cards, "li") == [
        "1 · a · score 0.900 · ✓ judged to answer Untitled Some words.",
        "2 · b · score 0.900 · not judged to answer Untitled Some words.",
    ]
    assert texts(judged, "li") == ["a · ranked 1 Title of a “Some words”"]
    cards, judged = question(page, "wrong").css("section")
    assert "✓ judged to answer, grade 2" in texts(cards, "li")[1]
    assert texts(judged, "li") == ["a · ranked 2, grade 2 Title of a", "gone · not in the index"]


def test_a_question_without_cards_or_without_an_answer_says_so() -> None:
    """The report says so instead of an empty list."""
    page = report_html(evaluation_of(*ALL))
    cards, judged = question(page, "lost").css("section")
    assert (texts(cards, "li"), texts(judged, "li")) == (
        ["Nothing was found."],
        ["a · not found Title of a"],
    )
    cards, judged = question(page, "declined").css("section")
    assert texts(cards, "h4") == ["Closest passages, not shown as an answer"]
    assert texts(judged, "li") == ["Nothing: no document answers this question."]


def test_a_comparison_shows_differences_and_changed_questions() -> None:
    """The section names the baseline; without a baseline there is none."""
    page = report_html(evaluation_of(*ALL, comparison=COMPARED))
    difference, changed = page.css(".scroll table")
    assert texts(difference, "tbody tr > *") == [
        *("RR", "0.5000", "0.7500", "+0.2500", "-0.1250 to +0.5000", "0.2000", "2/1/1")
    ]
    assert texts(changed, "tbody th") == ["right", "lost", "wrong"]
    notes = " ".join(texts(page, "section[aria-labelledby=baseline] p"))
    assert "build 20251231T000000-000000 of 2025-12-31 00:00 UTC: 4 answerable" in notes
    assert "Now abstained on: hidden." in notes
    assert "Not in the baseline: right." in notes
    assert "Settings that differ: depth 50 → 100." in notes
    assert not report_html(evaluation_of(*ALL)).css("#baseline, .scroll")


def test_unknown_documents_and_places_are_listed_in_full() -> None:
    """The list isn't shortened."""
    names = tuple(f"gone{n}" for n in range(30))
    evaluation = replace(
        evaluation_of(*ALL), unknown_documents=names, unknown_places=(("q1", "a", "page 9"),)
    )
    page = report_html(evaluation)
    assert texts(page, "section[aria-labelledby=unmet] li") == [*names, "a, page 9 (question q1)"]
    assert not report_html(evaluation_of(*ALL)).css("#unmet")


def test_failed_gates_come_first() -> None:
    """They come before any figure."""
    evaluation = evaluation_of(*ALL)
    page = report_page(evaluation, questions="q", command="c", missed=["RR is 0.5, below 0.7", "x"])
    assert texts(LexborHTMLParser(page), ".gate") == [
        "Not good enough: RR is 0.5, below 0.7.",
        "Not good enough: x.",
    ]


# -- safety and accessibility ----------------------------------------------------------------


def test_all_text_from_outside_is_escaped() -> None:
    """This holds for questions, documents, judgments, names, settings and the command."""
    citation = replace(
        card("a", ATTACK), title=ATTACK, doc_id=ATTACK, section=(ATTACK,), quote=ATTACK
    )
    outcome = question_outcome(
        ATTACK, citation, relevant=(Judgment(ATTACK, quote=ATTACK), Judgment("gone")), text=ATTACK
    )
    circumstances = replace(
        evaluation_of(outcome).circumstances,
        corpus=ATTACK,
        model=ATTACK,
        versions={ATTACK: ATTACK},
        settings={ATTACK: ATTACK},
    )
    compared = replace(
        COMPARED,
        changes=(Change(ATTACK, 0, 1), Change("x", 0, 1)),
        newly_abstained=(ATTACK,),
        settings={ATTACK: (ATTACK, ATTACK)},
    )
    evaluation = replace(
        evaluation_of(replace(outcome, measures={ATTACK: 0.5}), CLAIMED, comparison=compared),
        build=ATTACK,
        circumstances=circumstances,
        titles={ATTACK: ATTACK},
        unknown_documents=(ATTACK,),
        unknown_places=((ATTACK, ATTACK, ATTACK),),
    )
    # The text of a changed question is looked up by its id.
    evaluation = replace(
        evaluation, outcomes=(*evaluation.outcomes, question_outcome("x", text=ATTACK))
    )
    text = report_page(evaluation, questions=ATTACK, command=ATTACK, missed=[ATTACK])
    page = LexborHTMLParser(text)
    assert not page.css("script, img, iframe, object, a")
    assert "<script" not in text
    assert "&amp;amp;" in text
    assert len(page.css("style")) == 1
    for selector in ("h1", ".gate", "dd", ".title", "blockquote", ".asked", "li", "td"):
        assert any(
            "window.attacked = 1</script><img src=x" in text for text in texts(page, selector)
        )
    assert not [
        name
        for node in page.css("*")
        for name in node.attributes
        if name.startswith("on") or name in {"src", "srcset", "action"}
    ]


def test_the_report_loads_nothing() -> None:
    """Its only address is an empty icon, and its policy forbids any other."""
    text = report_page(evaluation_of(*ALL, comparison=COMPARED), questions="q", command="c")
    page = LexborHTMLParser(text)
    assert [element.attributes["href"] for element in page.css("[href]")] == ["data:,"]
    assert not re.search(r"https?:|url\(|@import|//[a-z]", text)
    policy = [element.attributes["content"] for element in page.css("meta[http-equiv]")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_screen_readers_can_read_the_report() -> None:
    """It has headings and table headers, and charts have names and descriptions."""
    page = report_html(evaluation_of(*ALL, comparison=COMPARED))
    levels = [int((element.tag or "")[1:]) for element in page.css("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(element.attributes.get("scope") for element in page.css("th"))
    ids = [element.attributes["id"] for element in page.css("[id]")]
    assert len(ids) == len(set(ids))
    pictures = page.css("svg")
    assert len(pictures) == 4
    for picture in pictures:
        assert picture.attributes["role"] == "img"
        assert {*(picture.attributes["aria-labelledby"] or "").split()} <= {*ids}
        assert len(texts(picture, "desc")[0]) > 20
    assert page.css("html")[0].attributes["lang"] == "en"


# -- plots -----------------------------------------------------------------------------------

TALL, WIDE = FRAME.bottom - FRAME.top, FRAME.right - FRAME.left


def test_differences_are_drawn_to_scale() -> None:
    """Three questions change by +1, +¼ and -¼ on a scale of ±1; an unchanged one has no bar."""
    chart = charts.differences(COMPARED.changes, "RR")
    middle = FRAME.top + TALL / 2
    assert [bar.kind for bar in chart.bars] == ["better", "better", "worse"]
    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [
        (FRAME.left, FRAME.top, TALL / 2),
        (FRAME.left + WIDE / 4, middle - TALL / 8, TALL / 8),
        (FRAME.left + 3 * WIDE / 4, middle, TALL / 8),
    ]
    assert chart.bars[0].tip == "right: 0.0000 → 1.0000"
    assert "2 questions are better than in the baseline, 1 are worse and 1 are the same." in (
        chart.description
    )
    assert [tick.label for tick in chart.y_ticks] == ["-1", "-0.5", "+0", "+0.5", "+1"]


def test_equal_runs_have_a_plot_without_bars() -> None:
    """The scale isn't divided by 0."""
    assert charts.differences([Change("a", 1, 1), Change("b", 0, 0)], "RR").bars == ()


def test_reliability_is_drawn_to_scale() -> None:
    """Two answers at 0.55, one right: the sixth bar is half as high and has their number."""
    (bar,) = charts.reliability([0.55, 0.55], [True, False]).bars
    assert (bar.x, bar.width) == pytest.approx((FRAME.left + WIDE / 2, WIDE / 10), abs=0.01)
    assert (bar.y, bar.height) == (FRAME.top + TALL / 2, TALL / 2)
    assert bar.label == "2"


def test_the_curve_of_risk_is_drawn_to_scale() -> None:
    """By hand: of a confident right and a wrong answer, ½ has risk 0, and all have risk ½."""
    chart = charts.coverage([0.9, 0.1], [True, False])
    points = [tuple(map(float, point.split(","))) for point in chart.path.split()]
    assert points == [(FRAME.left + WIDE / 2, FRAME.bottom), (FRAME.right, FRAME.top)]
    assert [tick.label for tick in chart.y_ticks] == ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]
    assert "50% of all can be answered with at most 5% wrong; answering all, 50% are wrong" in (
        chart.description
    )


def test_the_histogram_counts_every_question() -> None:
    """Bars are equally wide up to a round number, and the last one has all slower questions."""
    times = [1.0, 1.1, 5.0, 99.0, 300.0]
    chart = charts.latency(times, {"p50": 3.05, "p99": 8.5})
    assert sum(bar.height for bar in chart.bars) == pytest.approx(TALL, abs=0.05)
    assert chart.bars[-1].height == pytest.approx(TALL * 2 / 5, abs=0.05)
    assert [tick.label for tick in chart.x_ticks] == ["0", "2", "4", "6", "8", "10"]
    assert chart.rules[0].x1 == pytest.approx(FRAME.left + WIDE * 0.305, abs=0.01)
    assert "5 questions: p50 3.0 ms, p99 8.5 ms, the longest 300.0 ms." in chart.description


# -- in a browser ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as instance:
        yield instance


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (1440, "dark"), (400, "light")])
def test_the_page_fits_its_window(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    """Nothing overflows, nothing is loaded, and text contrasts with the background."""
    long = question_outcome(
        "long", card("a", f"{'w' * 300}."), relevant=(Judgment("a"),), text="x" * 300
    )
    (tmp_path / "r.html").write_text(
        report_page(evaluation_of(*ALL, long, comparison=COMPARED), questions="q", command="c"),
        "utf-8",
    )
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((tmp_path / "r.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {url for url in requests if not url.startswith("data:")} == {page.url}
    ink, paper = (
        page.evaluate(f"getComputedStyle(document.body).{name}")
        for name in ("color", "backgroundColor")
    )
    lightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ink, paper)]
    assert (lightness[0] < lightness[1]) == (scheme == "light")
    assert abs(lightness[0] - lightness[1]) > 400
    context.close()
