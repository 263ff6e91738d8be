"""Example questions are questions that a person would ask, made from the text."""

from __future__ import annotations

import pytest

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.types import Passage, Span
from chatbot.web.chat.example_questions import examples, found_examples, questions
from tests.building import write


def passage(text: str, heading: str = "Background", *, sentences: tuple[str, ...] = ()) -> Passage:
    """A passage at offset 7 of its document."""
    starts = [text.index(sentence) + 7 for sentence in sentences or (text,)]
    spans = tuple(
        Span(start, start + len(sentence))
        for start, sentence in zip(starts, sentences or (text,), strict=True)
    )
    return Passage("d#0", "d", 0, text, Span(7, 7 + len(text)), (heading,), spans)


@pytest.mark.parametrize(
    ("heading", "text", "question"),
    [
        ("Grey zone", "The grey zone is the space below war.", "What is the grey zone?"),
        (
            "Rogue regimes",
            "Rogue regimes are the states of a kind.",
            "What are rogue regimes?",
        ),
        ("Who pays?", "The members do.", "Who pays?"),
        ("Why Russia and China cooperate", "They trade.", "Why do Russia and China cooperate?"),
        ("How NATO works", "By treaty.", "How does NATO work?"),
        ("What Russia has sold", "Jets.", "What has Russia sold?"),
        ("x", "The Treaty was signed in July 2001.", "When was the Treaty signed?"),
        ("x", "NATO was founded by Western states.", "Who founded NATO?"),
        ("x", "The North Atlantic Council (NAC) meets.", "What does NAC stand for?"),
    ],
)
def test_a_text_yields_the_question_that_it_answers(heading: str, text: str, question: str) -> None:
    """From a heading, a definition, a date, an author or an acronym."""
    assert [asked for asked, _ in questions(passage(text, heading))] == [question]


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("DEPARTMENT OF DEFENSE OBJECTIVES", "The objectives are many."),
        ("How the two leaders calculate", "They do."),
        ("What it means for defence", "Much."),
        ("Where the sources disagree", "Here."),
        ("x", "It was signed in 2001."),
        ("x", "These treaties were signed in 2001."),
        ("x", "The council (XYZ) meets."),
        ("A" * 1_000_000, "B" * 1_000_000),
    ],
)
def test_no_question_is_made_where_the_words_do_not_make_one(heading: str, text: str) -> None:
    """A heading in capitals, half a sentence, a pronoun, letters that stand for something else."""
    assert list(questions(passage(text, heading))) == []


def test_the_words_of_the_answering_sentence_come_with_the_question() -> None:
    """So that the question can be tried out."""
    first, second = "Much happened.", "NATO was founded in 1949."
    made = questions(passage(f"{first} {second}", sentences=(first, second)))
    assert list(made) == [("When was NATO founded?", second)]


def test_an_example_is_shown_only_if_its_own_sentence_is_the_answer(settings: Settings) -> None:
    """Once found, examples are there at once."""
    text = (
        "# Grey zone\n\nThe grey zone is the space below war.\n\n# DEPARTMENT AIMS\n\nMore money.\n"
    )
    write(settings.corpus, {"a.md": f"---\ntitle: Terms\n---\n{text}"})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        assert found_examples(chatbot.build) == ()
        assert examples(chatbot) == (("What is the grey zone?", "Terms"),)
        assert found_examples(chatbot.build) == examples(chatbot)
