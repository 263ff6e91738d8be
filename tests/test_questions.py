"""The bars that the chatbot holds on the project's own questions, with the real model."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chatbot.assistant import Chatbot
from chatbot.evaluation.question_set import Question, load_question_set
from chatbot.evaluation.result import Evaluation
from chatbot.evaluation.run_questions import evaluate
from chatbot.text.clean import fold
from tests.shared import QUESTIONS

DEMO = load_question_set(QUESTIONS / "demo.jsonl")
ARTICLES = load_question_set(QUESTIONS / "articles.jsonl")


@pytest.fixture(scope="module")
def alone(demo: Chatbot) -> Evaluation:
    """The questions on the demo corpus that lean on no conversation."""
    return evaluate(demo, [each for each in DEMO if not each.history])


def test_the_right_document_comes_first(alone: Evaluation) -> None:
    """For nine in ten of the questions that the demo corpus answers."""
    assert alone.answerable == 65
    assert alone.unknown_documents == ()
    assert alone.measures["Success@1"] >= 0.90


def test_what_is_not_in_the_corpus_is_not_answered(alone: Evaluation) -> None:
    """For sixteen of the twenty questions that it does not answer."""
    assert alone.unanswerable == 20
    assert alone.abstained_on_unanswerable >= 16


def test_the_right_sentence_is_cited_first(articles: Chatbot) -> None:
    """Of the ranking of passages, for nine in ten of the questions on two scraped articles."""
    answerable = [each for each in ARTICLES if each.answerable]
    wrong = [each.text for each in answerable if not cites_right_sentence(articles, each)]
    assert len(answerable) == 32
    assert len(wrong) <= 0.1 * len(answerable), wrong


def cites_right_sentence(chatbot: Chatbot, question: Question) -> bool:
    """Whether the first citation's quote holds a judged wording, or is part of one."""
    quote = fold(chatbot.retrieve(question.text)[0].quote)
    return any(fold(wording) in quote or quote in fold(wording) for wording in question.wordings)


def test_the_articles_say_nothing_of_the_population_of_beijing(articles: Chatbot) -> None:
    """Though they speak of Beijing in every other line."""
    answer = articles.ask("What is the population of Beijing?")
    assert answer.abstained
    assert answer.citations == ()


def test_the_articles_name_the_air_defense_system(articles: Chatbot) -> None:
    """In the sentence shown first."""
    answer = articles.ask("Which air defense system did Russia sell to China?")
    assert not answer.abstained
    assert "S-400" in answer.citations[0].quote


def judged_and_missing(chatbot: Chatbot, questions: Iterable[Question]) -> list[tuple[str, str]]:
    """Question and wording, for each judged quote that its document does not hold."""
    missing = []
    for question in questions:
        for judgment in question.relevant:
            document = chatbot.document(judgment.doc_id)
            assert document, judgment.doc_id
            if judgment.quote is None or judgment.quote not in document.text:
                missing.append((question.question_id, str(judgment.quote)))
    return missing


def test_every_judged_quote_stands_in_the_demo_corpus(demo: Chatbot) -> None:
    """As it is read, word for word: judgments do not drift from the documents."""
    assert judged_and_missing(demo, DEMO) == []


def test_every_judged_quote_stands_in_the_articles(articles: Chatbot) -> None:
    """As they are read, word for word."""
    assert judged_and_missing(articles, ARTICLES) == []


def test_the_questions_are_what_the_bars_speak_of() -> None:
    """Every question that can be answered has a judged quote, and no other has any."""
    for question in (*DEMO, *ARTICLES):
        assert bool(question.relevant) == bool(question.wordings) == question.answerable
