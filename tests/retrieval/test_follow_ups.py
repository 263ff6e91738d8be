"""A follow-up question is interpreted from earlier turns only if it leans on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import UsageError
from chatbot.evaluation.question_set import Question, load_question_set
from tests.benchmarks.indexes import open_set
from tests.shared import EVALUATION, QUESTIONS
from tests.topic_switches import loss, switches

SALE = "Which air defence system did Russia sell to China?"
DRILLS = "Where did the Russian and Chinese navies exercise in 2017?"


@pytest.mark.parametrize(
    ("question", "understood"),
    [
        ("why?", "why? (air defence system Russia sell China)"),
        ("and what did it cost", "and what did it cost (air defence system Russia sell China)"),
        ("What about India?", "What about India? (air defence system Russia sell China)"),
        ("Is that proven?", "Is that proven? (air defence system Russia sell China)"),
        ("Who makes its engines?", "Who makes its engines? (air defence system Russia sell China)"),
        (
            "What other weapons did Russia sell?",
            "What other weapons did Russia sell? (air defence system China)",
        ),
        ("when was that", "when was that (air defence system Russia sell China)"),
    ],
)
def test_a_question_that_points_back_carries_the_words_of_the_turn_before(
    demo: Chatbot, question: str, understood: str
) -> None:
    """It carries the content words that it lacks, as they were written."""
    answer = demo.ask(question, history=[SALE])
    assert (answer.question, answer.interpreted_question) == (question, understood)


@pytest.mark.parametrize(
    "question",
    [
        DRILLS,
        "What is the treaty that ended the border dispute?",
        "How does China use its navy in the Arctic?",
        "How many exercises other than Vostok took place?",
        "What do the two countries do in space?",
        "How soon could their cooperation become a serious problem for America?",
        (
            "Which of the aircraft that Russia sold to China was it that came last before the "
            "sanctions on the Equipment Development Department?"
        ),
    ],
)
def test_a_question_that_names_its_subject_stands_alone(demo: Chatbot, question: str) -> None:
    """Its answer is the same as without a conversation, including the scores."""
    alone, after = demo.ask(question), demo.ask(question, history=[SALE])
    assert after.interpreted_question == question
    assert (after.citations, after.nearest, after.confidence) == (
        alone.citations,
        alone.nearest,
        alone.confidence,
    )


def test_a_turn_that_leans_brings_the_one_before_it(demo: Chatbot) -> None:
    """Two turns are considered, never a third."""
    answer = demo.ask("why?", history=["Who leads Gazprom?", SALE, "and how many of them?"])
    assert answer.interpreted_question == "why? (air defence system Russia sell China)"


def test_a_turn_that_stands_alone_ends_the_search(demo: Chatbot) -> None:
    """Words from before a change of subject aren't carried."""
    answer = demo.ask("why?", history=[SALE, "Where did the two navies exercise?"])
    assert answer.interpreted_question == "why? (two navies exercise)"


def test_history_without_words_is_ignored(demo: Chatbot) -> None:
    """Blank turns and control characters change nothing."""
    assert demo.ask("why?", history=["", " \n", "\x00"]).interpreted_question == "why?"


def test_a_huge_turn_is_cut_and_not_refused(demo: Chatbot) -> None:
    """An earlier turn as long as a book does no harm."""
    answer = demo.ask("why?", history=[f"{SALE} " + "word " * 100_000])
    expected = "why? (air defence system Russia sell China word"
    assert answer.interpreted_question.startswith(expected)
    assert len(answer.interpreted_question) < 2 * demo.settings.question_characters


def test_history_is_a_list(demo: Chatbot) -> None:
    """A single text would be read letter by letter."""
    with pytest.raises(UsageError, match="Pass a list"):
        demo.ask("why?", history=SALE)


def test_retrieve_interprets_a_follow_up_as_ask_does(demo: Chatbot) -> None:
    """Both rank the same."""
    first = demo.ask("why?", history=[SALE], top_k=1)
    (passage,) = demo.retrieve("why?", history=[SALE], top_k=1)
    assert (first.citations or first.nearest)[0].passage == passage.passage


def _first_right(demo: Chatbot, *, follow_ups: bool) -> Iterator[tuple[bool, bool]]:
    """Whether the right document is first without and with history, for one kind of question.

    A stand-alone question gets the previous question of the set as history, which is about
    something else.
    """
    questions = [
        question for question in load_question_set(QUESTIONS / "demo.jsonl") if question.answerable
    ]
    chosen = [question for question in questions if bool(question.history) == follow_ups]
    for before, question in zip([chosen[-1], *chosen], chosen, strict=False):
        history = question.history or (before.text,)
        alone, after = (
            (answer.citations or answer.nearest)[0].doc_id in question.grades
            for answer in (demo.ask(question.text), demo.ask(question.text, history=history))
        )
        yield alone, after


def test_follow_ups_on_the_demo_corpus_find_their_document(demo: Chatbot) -> None:
    """At least thirteen of fifteen do, and more than without the conversation."""
    alone, after = map(sum, zip(*_first_right(demo, follow_ups=True), strict=True))
    assert after >= 13
    assert after > alone


def test_stand_alone_questions_lose_nothing_in_a_conversation(demo: Chatbot) -> None:
    """After an unrelated question, no fewer find their document."""
    alone, after = map(sum, zip(*_first_right(demo, follow_ups=False), strict=True))
    assert after == alone


# -- changes of topic ------------------------------------------------------------------------


def _stand_alone(questions: Sequence[Question]) -> list[Question]:
    return [question for question in questions if question.answerable and not question.history]


def test_a_change_of_topic_never_costs_an_answer(demo: Chatbot) -> None:
    """Of fourteen questions that seem to lean on another topic, none is lost or refused."""
    questions = _stand_alone(load_question_set(QUESTIONS / "demo.jsonl"))
    assert loss(demo, switches(demo, questions, most=14)) == (14, 0, 0)


@pytest.mark.slow
@pytest.mark.skipif(not EVALUATION.is_dir(), reason="the shared evaluation data is not here")
@pytest.mark.parametrize("name", ["squad20_sample", "mtrag_human_dev"])
def test_a_change_of_topic_never_costs_an_answer_in_larger_sets(name: str) -> None:
    """Of thirteen more in each set, none is lost or refused."""
    with open_set(name) as chatbot:
        questions = _stand_alone(load_question_set(EVALUATION / name))
        assert loss(chatbot, switches(chatbot, questions, most=13)) == (13, 0, 0)


def test_the_question_of_the_readme_is_answered_after_another_topic(demo: Chatbot) -> None:
    """It is answered as if it were asked first."""
    question = "Why do the partners distrust each other?"
    alone, after = demo.ask(question), demo.ask(question, history=["What is grey zone?"])
    assert not after.abstained
    assert (after.interpreted_question, after.citations) == (question, alone.citations)


def test_the_conversation_is_kept_where_it_finds_more(demo: Chatbot) -> None:
    """The same words lean on one conversation, and stand alone after another."""
    question = "who operates in it?"
    after_its_topic = demo.ask(question, history=["What is the grey zone?"])
    assert after_its_topic.interpreted_question == "who operates in it? (grey zone)"
    question = "Have they built a hypersonic missile together?"
    after_another = demo.ask(question, history=["Who painted the Mona Lisa?"])
    assert after_another.interpreted_question == question
