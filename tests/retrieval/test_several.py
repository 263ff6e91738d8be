"""Questions that ask for several things get a quote for each, on the demo corpus."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from chatbot.answers import Answer
from chatbot.assistant import Chatbot

_VERDICTS = ("none", "possible", "strong")


def quotes(answer: Answer) -> Sequence[str]:
    """The quote of each part; empty for a part without an answer."""
    by_marker = {cited.marker: cited.quote for cited in answer.citations}
    return [by_marker[part.marker] if part.marker else "" for part in answer.parts]


def test_each_part_has_a_quote_with_its_own_citation(demo: Chatbot) -> None:
    """The citations of the parts come first; the rest are other documents."""
    answer = demo.ask("What is political warfare and what is systems thinking?")
    warfare, thinking = quotes(answer)
    assert warfare.startswith("Political warfare is a strategy")
    assert thinking.startswith("Systems thinking")
    assert [part.marker for part in answer.parts] == [1, 2]
    assert [cited.marker for cited in answer.citations] == [1, 2, 3, 4, 5]
    others = [cited.doc_id for cited in answer.citations[2:]]
    assert len({*others, answer.citations[0].doc_id}) == len(others) + 1
    for cited in answer.citations[:2]:
        assert cited.passage.passage_id not in {other.passage.passage_id for other in cited.further}
        document = demo.document(cited.doc_id)
        assert document
        assert cited.span.of(document.text) == cited.quote


def test_one_verdict_is_that_of_the_weakest_part(demo: Chatbot) -> None:
    """A part without an answer is named, and keeps the whole from being strong."""
    answer = demo.ask("What is political warfare and what is the population of Beijing?")
    known, unknown = answer.parts
    assert (unknown.verdict, unknown.marker) == ("none", None)
    assert known.verdict == "strong"
    assert (answer.abstained, answer.verdict) == (False, "possible")
    both = demo.ask("What is political warfare and what is systems thinking?")
    assert both.confidence == min(part.confidence for part in both.parts)
    assert both.verdict == min((part.verdict for part in both.parts), key=_VERDICTS.index)


def test_a_thing_that_no_quote_names_has_no_answer(demo: Chatbot) -> None:
    """China's imports are no answer for India."""
    china, india = quotes(demo.ask("Compare the arms imports of China and India"))
    assert "70 per cent of China's weapons imports" in china
    assert not india


def test_the_number_of_a_name_counts(demo: Chatbot) -> None:
    """The documents have the Su-27, but not the Su-35."""
    answer = demo.ask("Compare the S-400 and the Su-35 sales")
    system, aircraft = quotes(answer)
    assert "S-400" in system
    assert not aircraft
    assert answer.verdict == "possible"


@pytest.mark.parametrize(
    "question",
    [
        "Why do Russia and China cooperate in space?",
        "When was the military cooperation plan signed, and for how many years?",
        "Who painted the Mona Lisa and who wrote Faust?",
    ],
)
def test_a_question_that_one_sentence_answers_has_no_parts(demo: Chatbot, question: str) -> None:
    """A question without an answer has none either."""
    assert demo.ask(question).parts == ()


def test_dated_quotes_answer_a_question_for_a_range_of_years(demo: Chatbot) -> None:
    """In the order of their dates, each inside the range."""
    answer = demo.ask("Which exercises took place between 2017 and 2020?")
    labels = [part.text for part in answer.parts]
    assert len(labels) >= 2
    assert labels == sorted(labels, key=lambda label: label[-4:])
    for label, quote in zip(labels, quotes(answer), strict=True):
        assert "2017" <= label[-4:] <= "2020"
        assert label in quote


def test_other_documents_confirm_an_answer(demo: Chatbot) -> None:
    """They are named by their markers, with the words there."""
    answer = demo.ask("What share of Chinese weapons imports came from Russia?")
    (other,) = answer.elsewhere
    assert other.agrees
    assert answer.citations[other.marker - 1].doc_id == "history-of-the-partnership.md"
    document = demo.document("history-of-the-partnership.md")
    assert document
    assert other.span.of(document.text) == other.words == "about 70 per cent"
