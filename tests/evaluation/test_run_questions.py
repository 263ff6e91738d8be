"""Question sets, measures and runs, against values calculated by hand."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.client import Client
from chatbot.errors import QuestionSetError, UsageError
from chatbot.evaluation.abstention import abstention
from chatbot.evaluation.measures import DEFAULT, check_measures, describe, measure
from chatbot.evaluation.outcome import QuestionOutcome
from chatbot.evaluation.question_set import Judgment, Question, load_qrels, load_question_set
from chatbot.evaluation.result import Evaluation, as_run
from chatbot.evaluation.run_questions import evaluate
from chatbot.text.clean import fold
from chatbot.types import Span
from tests.doors import client_of
from tests.outcomes import card
from tests.outcomes import question_outcome as made
from tests.shared import QUESTIONS

GOOD = {"id": "q1", "question": "Who?", "relevant": [{"doc_id": "a"}]}


def jsonl(path: Path, *lines: object) -> Path:
    """Write a question set in the project's own form; a line of type str is written as it is."""
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(written), "utf-8")
    return path


def beir(folder: Path, queries: list[Any], qrels: str, *, name: str = "qrels.tsv") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(qrels, "utf-8")
    jsonl(folder / "queries.jsonl", *queries)
    return folder


# -- question sets ---------------------------------------------------------------------------


def test_a_jsonl_question_set_is_read_completely(tmp_path: Path) -> None:
    """It may have quotes, spans, pages, grades, history, blank lines and a byte order mark."""
    path = jsonl(
        tmp_path / "q.jsonl",
        "\ufeff" + json.dumps(GOOD),
        "",
        {
            "id": 2,
            "question": "Where?",
            "history": ["Who?", "When?"],
            "relevant": [
                {"doc_id": "a", "quote": "in Omsk", "grade": 2},
                {"doc_id": "a", "span": [3, 9]},
                {"doc_id": "b", "page": 4},
            ],
        },
        {"id": "n1", "question": "Why?", "answerable": False},
    )
    assert load_question_set(path) == (
        Question("q1", "Who?", (Judgment("a"),)),
        Question(
            "2",
            "Where?",
            (
                Judgment("a", 2, quote="in Omsk"),
                Judgment("a", span=Span(3, 9)),
                Judgment("b", page=4),
            ),
            history=("Who?", "When?"),
            wordings=("in Omsk",),
        ),
        Question("n1", "Why?", answerable=False),
    )


def test_a_judgment_of_grade_0_is_dropped(tmp_path: Path) -> None:
    """Grade 0 means not relevant, as in a BEIR folder."""
    judged = [{"doc_id": "a", "grade": 0}, {"doc_id": "b", "grade": 1}]
    (question,) = load_question_set(jsonl(tmp_path / "q.jsonl", {**GOOD, "relevant": judged}))
    assert question.relevant == (Judgment("b"),)


def test_the_best_grade_of_a_document_counts() -> None:
    """A document may be judged at several places."""
    judged = (Judgment("a", 1), Judgment("b", 1), Judgment("a", 3), Judgment("a", 2))
    assert Question("q", "Who?", judged).grades == {"a": 3, "b": 1}


@pytest.mark.parametrize("name", ["qrels.tsv", "qrels/test.tsv"])
def test_a_beir_folder_is_read(tmp_path: Path, name: str) -> None:
    """Judgments of grade 0 are dropped, and questions without judgments are left out."""
    folder = beir(
        tmp_path / "set",
        [
            {"_id": "1", "text": "Who?"},
            {"_id": "2", "text": "Where?", "metadata": {"answers": ["in Omsk", "at Omsk"]}},
            {"_id": "3", "text": "Judged by nobody?"},
            {"_id": "4", "text": "Why?", "metadata": {"answerable": False}},
        ],
        "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tb\t0\r\n2\tc d\t2\n\n4\ta\t1\n",
        name=name,
    )
    assert load_question_set(folder) == (
        Question("1", "Who?", (Judgment("a"),)),
        Question("2", "Where?", (Judgment("c d", 2),), wordings=("in Omsk", "at Omsk")),
        Question("4", "Why?", answerable=False),
    )


def test_judgments_may_come_without_a_header(tmp_path: Path) -> None:
    """A first line that ends in a grade counts; negative grades are dropped."""
    (tmp_path / "qrels.tsv").write_text("1\ta\t1\n1\tb\t-1\n", "utf-8")
    assert load_qrels(tmp_path / "qrels.tsv") == {"1": [Judgment("a")]}


def test_the_test_judgments_come_first(tmp_path: Path) -> None:
    """A folder with both files is measured on `qrels/test.tsv`."""
    folder = beir(tmp_path, [{"_id": "1", "text": "Who?"}], "1\ta\t1\n")
    beir(tmp_path, [{"_id": "1", "text": "Who?"}], "1\tb\t1\n", name="qrels/test.tsv")
    assert [question.relevant for question in load_question_set(folder)] == [(Judgment("b"),)]


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    """JSON may contain other characters that end lines elsewhere."""
    text = "Who\u2028sold\x85what?"
    line = json.dumps({**GOOD, "question": text}, ensure_ascii=False)
    assert load_question_set(jsonl(tmp_path / "q.jsonl", line))[0].text == text


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "it isn't JSON"),
        ("[1]", "it isn't a JSON object"),
        (r'{"id": "q2", "question": "Who \ud800?"}', "it has an escape that isn't a character"),
        ('{"id": "q2", "relevant": []}', "'question' is missing"),
        ('{"id": "q2", "question": null}', "'question' is missing"),
        ('{"question": "Who?"}', "'id' is missing"),
        ('{"id": "q2", "question": "Who?", "relevant": [{"quote": "x"}]}', "'doc_id' is missing"),
        (
            '{"id": "q2", "question": "Who?", "relevant": ["a"]}',
            "it isn't in the format that docs/evaluation.md describes .+",
        ),
        (
            '{"id": "q2", "question": "Who?", "relevant": 1}',
            "it isn't in the format that docs/evaluation.md describes .+",
        ),
        (
            '{"id": "q2", "question": "Who?", "relevant": [{"doc_id": "a", "span": [1]}]}',
            "it isn't in the format that docs/evaluation.md describes .+",
        ),
        (
            '{"id": "q2", "question": "Who?", "relevant": [{"doc_id": "a", "grade": "x"}]}',
            "it isn't in the format that docs/evaluation.md describes .+",
        ),
        *(
            (
                f'{{"id": "q2", "question": "Who?", "relevant": [{{"doc_id": "a", {place}}}]}}',
                rf"it isn\'t in the format that docs/evaluation.md describes \({problem}, not .+\)",
            )
            for place, problem in (
                ('"quote": 7', "a quote must have words"),
                ('"quote": "..."', "a quote must have words"),
                ('"page": 0', "a page must be a number from 1"),
                ('"page": "iv"', "a page must be a number from 1"),
                ('"span": [9, 3]', r"a span must be \[start, end\] in characters"),
                ('"span": [-1, 3]', r"a span must be \[start, end\] in characters"),
            )
        ),
    ],
)
def test_a_malformed_question_is_named_by_its_line(tmp_path: Path, line: str, problem: str) -> None:
    """The error names the file, the line, the problem and the next step."""
    path = jsonl(tmp_path / "q.jsonl", GOOD, "", line)
    with pytest.raises(QuestionSetError, match=rf"q\.jsonl, line 3: {problem}\. Fix the line"):
        load_question_set(path)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "it isn't JSON"),
        ('{"text": "Who?"}', "'_id' is missing"),
        (
            '{"_id": "1", "text": "Who?", "metadata": "x"}',
            "it isn't in the format that docs/evaluation.md describes .+",
        ),
        (
            '{"_id": "1", "text": "Who?", "metadata": {"answers": 1}}',
            "it isn't in the format that docs/evaluation.md describes .+",
        ),
    ],
)
def test_a_malformed_query_is_named_by_its_line(tmp_path: Path, line: str, problem: str) -> None:
    """The same holds in a BEIR folder."""
    folder = beir(tmp_path, [{"_id": "0", "text": "Who?"}, line], "0\ta\t1\n")
    with pytest.raises(QuestionSetError, match=rf"queries\.jsonl, line 2: {problem}\. Fix"):
        load_question_set(folder)


@pytest.mark.parametrize("line", ["1\ta", "1\ta\tb\t1", "1\ta\thigh", "1 a 1"])
def test_a_malformed_judgment_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    """The error names the three expected fields."""
    folder = beir(tmp_path, [{"_id": "1", "text": "Who?"}], f"q\td\ts\n1\ta\t1\n{line}\n")
    message = r"qrels\.tsv, line 3: it isn't question, document and grade, separated by tabs\. Fix"
    with pytest.raises(QuestionSetError, match=message):
        load_question_set(folder)


def test_a_missing_question_set_is_named(tmp_path: Path) -> None:
    """The file that a folder lacks is named, too."""
    with pytest.raises(QuestionSetError, match=r"no question set at .*nope\. Check the path\."):
        load_question_set(tmp_path / "nope")
    with pytest.raises(QuestionSetError, match=r"has neither qrels\.tsv nor qrels/test\.tsv\. Nam"):
        load_question_set(tmp_path)
    (tmp_path / "qrels.tsv").write_text("1\ta\t1\n", "utf-8")
    with pytest.raises(QuestionSetError, match=r"has no queries\.jsonl\. Name a BEIR folder or"):
        load_question_set(tmp_path)


@pytest.mark.parametrize("lines", [[], [{"id": "q1", "question": "Judged by nobody?"}]])
def test_a_set_with_nothing_to_score_is_refused(tmp_path: Path, lines: list[Any]) -> None:
    """A question without judgments doesn't count as unanswerable."""
    with pytest.raises(QuestionSetError, match="no question with judgments or marked unanswera"):
        load_question_set(jsonl(tmp_path / "q.jsonl", *lines))


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """The error has its name and the reason."""
    (tmp_path / "q.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QuestionSetError, match=r"q\.jsonl can't be read \("):
        load_question_set(tmp_path / "q.jsonl")


def test_questions_with_the_same_id_are_refused(tmp_path: Path) -> None:
    """Otherwise they would be measured as one question."""
    path = jsonl(tmp_path / "q.jsonl", GOOD, {**GOOD, "question": "Where?"})
    with pytest.raises(QuestionSetError, match=r"has 2 questions with the id 'q1'\. Make the ids"):
        load_question_set(path)


# -- measures --------------------------------------------------------------------------------

ASKED = (
    Question("second", "?", (Judgment("b"),)),
    Question("nothing", "?", (Judgment("a"),)),
    Question("graded", "?", (Judgment("a", 2), Judgment("b", 1), Judgment("missed", 1))),
    Question("none", "?", answerable=False),
)
RUN = {
    "second": (("x", 0.9), ("b", 0.8), ("y", 0.7)),
    "graded": (("b", 0.9), ("x", 0.8), ("a", 0.7)),
    "none": (("x", 0.9),),
}


def test_measures_match_a_calculation_by_hand() -> None:
    """Means over the three answerable questions, one of which has no results and counts 0.

    A document of grade g at rank r gains g / log2(1 + r) (Järvelin and Kekäläinen, 2002).
    """
    gained = 1 / math.log2(2) + 2 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    expected = {
        "nDCG@10": (1 / math.log2(3) + 0 + gained / ideal) / 3,
        "nDCG@1": (0 + 0 + (1 / 2)) / 3,
        "RR@10": (1 / 2 + 0 + 1) / 3,
        "RR": (1 / 2 + 0 + 1) / 3,
        "RR@1": (0 + 0 + 1) / 3,
        "R@100": (1 + 0 + 2 / 3) / 3,
        "R@2": (1 + 0 + 1 / 3) / 3,
        "P@2": (1 / 2 + 0 + 1 / 2) / 3,
        "AP": (1 / 2 + 0 + (1 + 2 / 3) / 3) / 3,
        "Success@1": (0 + 0 + 1) / 3,
        "Success@5": (1 + 0 + 1) / 3,
    }
    assert measure(RUN, ASKED, tuple(expected)).mean == pytest.approx(expected)
    assert [*measure(RUN, ASKED).mean] == [*DEFAULT]


def test_the_order_of_a_run_is_its_ranking() -> None:
    """Equal scores aren't reordered by name, as trec_eval would do."""
    questions = (Question("q", "?", (Judgment("a"),)),)
    for run, expected in (((("a", 0.5), ("z", 0.5)), 1.0), ((("z", 0.5), ("a", 0.5)), 0.0)):
        assert measure({"q": run}, questions, ("Success@1",)).mean == {"Success@1": expected}


def test_without_an_answerable_question_every_measure_is_0() -> None:
    """There are no questions to average over."""
    assert measure(RUN, ASKED[3:], ("RR@10",)).mean == {"RR@10": 0.0}


@given(st.permutations("abcde"), st.integers(1, 5))
@settings(max_examples=50, deadline=None)
def test_measures_of_one_question_are_the_formulas(order: list[str], depth: int) -> None:
    """Reciprocal rank, recall and nDCG of a and b, written out, for every order."""
    ranks = sorted(order.index(doc_id) + 1 for doc_id in "ab")
    ranks_within = [rank for rank in ranks if rank <= depth]
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(2, depth) + 1))
    expected = {
        f"RR@{depth}": 1 / ranks_within[0] if ranks_within else 0,
        f"R@{depth}": len(ranks_within) / 2,
        f"nDCG@{depth}": sum(1 / math.log2(1 + rank) for rank in ranks_within) / ideal,
    }
    questions = (Question("q", "?", (Judgment("a"), Judgment("b"))),)
    run = {"q": [(doc_id, 1.0) for doc_id in order]}
    assert measure(run, questions, tuple(expected)).mean == pytest.approx(expected, abs=1e-6)


def test_each_question_has_its_own_value() -> None:
    """Values are stored by id, which may have white space; the mean is over all values."""
    questions = (Question("a b", "?", (Judgment("c d"),)), Question("e", "?", (Judgment("f"),)))
    measured = measure({"a b": (("x", 0.9), ("c d", 0.8))}, questions, ("RR", "P@1"))
    assert measured.per_question == {"RR": {"a b": 0.5, "e": 0.0}, "P@1": {"a b": 0.0, "e": 0.0}}
    assert measured.of("a b") == {"RR": 0.5, "P@1": 0.0}
    assert measured.of("not asked") == {}
    assert measured.mean == {"RR": 0.25, "P@1": 0.0}


def test_every_measure_of_the_installed_tools_can_be_named_with_parameters() -> None:
    """Expected values are by hand, for a question with grades 2 and 1."""
    questions, run = (ASKED[2],), {"graded": RUN["graded"]}
    expected = {
        "MRR@5": 1.0,
        "P(rel=2)@3": 1 / 3,
        "AP(rel=2)": 1 / 3,
        "Rprec": 2 / 3,
        "SetP": 2 / 3,
        "SetR": 2 / 3,
        "SetF": 2 / 3,
        "Judged@2": 1 / 2,
        "NumRet": 3.0,
        "NumRel": 3.0,
        "IPrec@0.6": 2 / 3,
    }
    check_measures([*expected], questions)
    assert measure(run, questions, [*expected]).mean == pytest.approx(expected)


@pytest.mark.skipif(shutil.which("perl") is None, reason="gdeval needs perl")
def test_a_measure_of_another_tool_is_computed_by_it() -> None:
    """Expected reciprocal rank with grades 0 to 4 (Chapelle and others, 2009), by hand."""
    stops = [(2**grade - 1) / 2**4 for grade in (1, 0, 2)]
    expected, going_on = 0.0, 1.0
    for rank, stop in enumerate(stops, start=1):
        expected += going_on * stop / rank
        going_on *= 1 - stop
    measured = measure({"graded": RUN["graded"]}, (ASKED[2],), ("ERR@10",))
    assert measured.mean["ERR@10"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "name",
    [
        *("", "foo", "ndcg@10", "nDCG@", "nDCG@x", "nDCG@1.5", "R@0", "P", "R@-1", "P@True"),
        *("RR@0", "Judged@0", "Bpref@5", "P@'5'", "P(foo=1)@5", "P(rel='x')@5", "P@5+1", "BPM@5"),
        *("nDCG@10 R@5", "AP(rel='x')", "__import__('os')", "x=1", "runtime", "RR(rel=1", "\0"),
    ],
)
def test_an_unknown_measure_is_refused(name: str) -> None:
    """The same holds for names that make the tools fail or end the process."""
    with pytest.raises(UsageError, match=r"^There is no measure .+\. Choose one such as nDCG@10"):
        measure(RUN, ASKED, ("nDCG@10", name))


def test_a_measure_of_a_tool_that_is_not_installed_names_the_tool() -> None:
    """The message tells users what to install."""
    with pytest.raises(UsageError, match=r"^The measure alpha_nDCG@10 needs pyndeval, which is no"):
        check_measures(["alpha_nDCG@10"], ASKED)


@pytest.mark.parametrize("name", ["P(rel=0)@5", "nDCG(gains={1:1.5})@5", "P@99999999999999999999"])
def test_parameters_that_the_tools_can_not_use_are_refused(name: str) -> None:
    """The error has the tool's message, and no question is asked."""
    with pytest.raises(UsageError, match=r" can't be computed here \(\w+: .+\)\. Choose measures "):
        check_measures(["nDCG@10", name], ASKED)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Success@1", "at least one relevant document found. Only the first document counts."),
        ("R@1000", "that were found. The first 1,000 documents count."),
        ("nDCG", "best possible order (Järvelin and Kekäläinen, 2002)."),
        ("Bpref", "Binary Preference: The relative ranks of judged relevant and non-relevant"),
    ],
)
def test_every_measure_is_described(name: str, words: str) -> None:
    """The description is ours or that of ir-measures, and includes the depth."""
    assert words in describe(name)


# -- runs ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def evaluation(articles: Chatbot) -> Evaluation:
    """The project's questions on the two articles, and one judged by unknown documents."""
    questions = load_question_set(QUESTIONS / "articles.jsonl")
    stray = Question("stray one", "Who sold what?", (Judgment("no such.txt"), Judgment("gone.txt")))
    return evaluate(articles, [*questions, stray], measures=("Success@1", "RR@10", "R@100"))


def test_an_evaluation_counts_questions_and_abstentions(
    evaluation: Evaluation, articles: Chatbot
) -> None:
    """The counts match a recount of the outcomes."""
    assert (evaluation.answerable, evaluation.unanswerable) == (33, 8)
    assert len(evaluation.outcomes) == 41
    pairs = [
        (outcome.question.answerable, outcome.answer.abstained) for outcome in evaluation.outcomes
    ]
    assert evaluation.abstained_on_answerable == pairs.count((True, True))
    assert evaluation.abstained_on_unanswerable == pairs.count((False, True))
    assert evaluation.build == articles.build.name
    assert (
        evaluation.milliseconds["p50"]
        <= evaluation.milliseconds["p95"]
        <= evaluation.milliseconds["p99"]
    )


def test_judged_documents_that_are_not_in_the_index_are_listed(evaluation: Evaluation) -> None:
    """Measures count them as missed, so users should know."""
    assert evaluation.unknown_documents == ("gone.txt", "no such.txt")


def test_an_evaluation_measures_its_own_rankings(evaluation: Evaluation) -> None:
    """Success and reciprocal rank match a calculation from the outcomes."""
    ranks = []
    for outcome in evaluation.outcomes:
        if outcome.question.answerable:
            places = [doc_id in outcome.question.grades for doc_id, _ in outcome.ranking]
            ranks.append(1 / (places.index(True) + 1) if any(places) else 0)
    assert evaluation.measures == pytest.approx(
        {
            "Success@1": sum(rank == 1 for rank in ranks) / 33,
            "RR@10": sum(ranks) / 33,
            "R@100": 32 / 33,  # two documents in all: only the stray question misses
        }
    )


def test_the_right_sentence_is_counted_if_the_document_is_right(evaluation: Evaluation) -> None:
    """The share matches a recount of first quotes that contain a wording or are part of one."""
    right = [
        outcome.shows_right_sentence
        for outcome in evaluation.outcomes
        if outcome.shows_right_document
    ]
    assert evaluation.right_sentence == pytest.approx(sum(right) / len(right))
    assert 0 < sum(right) < len(right)


def outcome(evaluation: Evaluation, quote: str, *wordings: str) -> QuestionOutcome:
    """The first outcome, with this quote shown and these wordings judged."""
    first = evaluation.outcomes[0]
    cited = replace(first.answer.citations[0], quote=quote)
    question = replace(first.question, wordings=wordings)
    return replace(first, question=question, answer=replace(first.answer, citations=(cited,)))


def test_a_sentence_is_right_if_it_holds_a_wording_or_is_part_of_one(
    evaluation: Evaluation,
) -> None:
    """Case, punctuation and spaces don't matter; a sentence without words is never right."""
    assert outcome(evaluation, "In 2003, it said: “Begin!”", "it said begin").shows_right_sentence
    assert outcome(evaluation, "It said.", "In 2003 it said: begin").shows_right_sentence
    assert outcome(evaluation, "It began.", "other", "IT BEGAN").shows_right_sentence
    assert not outcome(evaluation, "It began.", "other").shows_right_sentence
    assert not outcome(evaluation, "…", "other").shows_right_sentence
    assert not outcome(evaluation, "It began.", "…").shows_right_sentence


def test_a_question_that_can_not_be_asked_is_named(articles: Chatbot) -> None:
    """The error has its id, because in a large set the reason alone doesn't help."""
    questions = [Question("q1", "Who?", (Judgment("a"),)), Question("q7", "?!", (Judgment("a"),))]
    with pytest.raises(QuestionSetError, match=r"^Question q7: The question has no"):
        evaluate(articles, questions)


def test_an_unknown_measure_is_refused_before_anything_is_asked(articles: Chatbot) -> None:
    """Otherwise the time spent asking would be lost."""
    with pytest.raises(UsageError, match="There is no measure 'foo'"):
        evaluate(articles, [Question("q7", "?!", (Judgment("a"),))], measures=("foo",))


def test_progress_counts_every_question(articles: Chatbot) -> None:
    """Progress advances by one step per question."""
    steps: list[int] = []
    questions = [Question(f"q{n}", "Who?", answerable=False) for n in range(3)]
    result = evaluate(articles, questions, advance=steps.append)
    assert steps == [1, 1, 1]
    assert result.right_sentence is None
    assert set(result.measures.values()) == {0.0}


def test_an_evaluation_counts_right_places(evaluation: Evaluation) -> None:
    """Shares match a recount of questions whose first, or any, passage has the judged quote."""
    first, anywhere = [], []
    for outcome in evaluation.outcomes:
        quotes = [judged.quote for judged in outcome.question.relevant if judged.quote]
        if quotes and outcome.question.answerable:
            cards = outcome.answer.citations or outcome.answer.nearest
            passages = [c.passage for card in cards for c in (card, *card.further)]
            matches = [
                any(fold(quote) in fold(passage.text) for quote in quotes) for passage in passages
            ]
            first.append(matches[0])
            anywhere.append(any(matches))
    assert evaluation.right_place_first == pytest.approx(sum(first) / len(first))
    assert evaluation.right_place == pytest.approx(sum(anywhere) / len(anywhere))
    assert sum(first) < sum(anywhere)


def test_each_outcome_has_its_own_measures(evaluation: Evaluation) -> None:
    """The evaluation has their mean; an unanswerable question has none."""
    ranks = [
        outcome.measures["RR@10"] for outcome in evaluation.outcomes if outcome.question.answerable
    ]
    assert sum(ranks) / len(ranks) == pytest.approx(evaluation.measures["RR@10"])
    assert [dict(e.measures) for e in evaluation.outcomes if not e.question.answerable] == [{}] * 8


def test_the_run_of_an_evaluation_has_what_a_comparison_uses(evaluation: Evaluation) -> None:
    """It has rankings, confidence, build and settings, but no private folder."""
    run = as_run(evaluation.outcomes, evaluation.circumstances)
    assert [question.ranking for question in run.questions] == [
        question.ranking for question in evaluation.outcomes
    ]
    assert [question.confidence for question in run.questions] == [
        outcome.answer.confidence for outcome in evaluation.outcomes
    ]
    assert (run.build, run.settings["depth"]) == (evaluation.build, 100)
    assert not {"cache", "host", "port"} & {*run.settings}


def test_an_evaluation_compares_with_a_baseline(articles: Chatbot, evaluation: Evaluation) -> None:
    """The comparison uses the measures of the evaluation."""
    questions = [outcome.question for outcome in evaluation.outcomes][:5]
    before = as_run(evaluation.outcomes, evaluation.circumstances)
    comparison = evaluate(articles, questions, measures=("RR",), baseline=before).comparison
    assert comparison is not None
    assert [
        (difference.measure, difference.mean, difference.ties)
        for difference in comparison.differences
    ] == [("RR", 0, 5)]
    assert len(comparison.only_before) == 36


# -- abstention ------------------------------------------------------------------------------


def test_the_quality_of_abstention_matches_a_calculation_by_hand() -> None:
    """Most confident first: a right answer, an unanswerable question, a right and a wrong one.

    AUROC: of 3 × 1 pairs only the one at 0.9 is in order. Answering only the first has no risk
    and covers a quarter; every further answer has a risk of at least 1 in 3. An unanswerable
    question has no right answer, whatever its judgments.
    """
    judged = (Judgment("a"),)
    quality = abstention(
        [
            made("q1", card("b"), card("a"), relevant=judged, confidence=0.9),
            made("n1", card("a"), relevant=judged, answerable=False, confidence=0.8),
            made("q2", card("a"), relevant=judged, confidence=0.25, abstained=True),
            made("q3", card("b"), relevant=judged, confidence=0.1),
        ]
    )
    assert quality is not None
    assert quality.auroc == pytest.approx(1 / 3)
    assert quality.coverage == 0.25
    gaps = (abs(1 - 0.9), abs(0 - 0.8), abs(1 - 0.25), abs(0 - 0.1))
    assert quality.calibration_error == pytest.approx(sum(gaps) / 4)


def test_abstention_needs_questions_of_both_kinds() -> None:
    """With only one kind there is nothing to separate."""
    assert abstention([made("q1", answerable=True), made("q2", answerable=True)]) is None
    assert abstention([made("n1", answerable=False)]) is None


# -- over HTTP -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def remote(demo: Chatbot) -> Iterator[Client]:
    with client_of(demo) as client:
        yield client


def test_a_server_is_measured_like_its_index(demo: Chatbot, remote: Client) -> None:
    """Every question gets the same answer and documents, with a misspelt and an unknown one too."""
    questions = [
        *load_question_set(QUESTIONS / "demo.jsonl")[::12],
        Question("typo", "Which misssile system was sold?", (Judgment("a.md"),)),
    ]
    local, over_http = (evaluate(chatbot, questions) for chatbot in (demo, remote))
    assert over_http.measures == local.measures
    assert over_http.unknown_documents == local.unknown_documents == ("a.md",)
    assert over_http.unknown_places == local.unknown_places
    assert over_http.titles == local.titles
    for here, there in zip(local.outcomes, over_http.outcomes, strict=True):
        assert replace(there.answer, timings={}) == replace(here.answer, timings={})
        assert there.ranking[:10] == here.ranking[:10]
    described = over_http.circumstances
    assert (described.corpus, described.build) == ("http://testserver", local.build)
    assert described.documents == local.circumstances.documents
    assert described.passages == local.circumstances.passages


def test_a_question_that_the_server_refuses_names_its_id(remote: Client) -> None:
    with pytest.raises(QuestionSetError, match=r"Question q1: The question has no words\."):
        evaluate(remote, [Question("q1", "?", (Judgment("a.md"),))])
