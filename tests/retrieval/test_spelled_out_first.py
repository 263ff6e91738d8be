"""A question that asks what an acronym stands for is answered with its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.retrieval.follow_ups import InterpretedQuestion
from chatbot.settings import load_settings
from chatbot.web.chat.hints import NO_HINTS, hints
from tests.building import write

WORDS = "In spring the Baltic ice, navigation and rescue centre (BINARC) moved to a new pier."
# Each of these is nearer to a question about BINARC than the sentence that spells it out.
NEARER = {
    f"notes/{number}.md": f"# What BINARC stands for, note {number}\n\nBINARC {verb} for its "
    f"{thing}. Every office has an opinion on what BINARC stands for.\n"
    for number, (verb, thing) in enumerate(
        (verb, thing)
        for verb in ("stands", "speaks", "asks", "pays")
        for thing in ("values", "staff", "tugs")
    )
}
SPELLED = {
    "harbour/report.md": f"# Works in the harbour\n\nThe crane was painted. {WORDS} "
    "The old pier is used by anglers.\n"
}
QUESTION = "What does BINARC stand for?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the corpus and its index."""
    home = tmp_path_factory.mktemp("acronyms")
    write(home / "corpus", NEARER | SPELLED)
    build_index(load_settings(corpus=home / "corpus", index=home / "index"))
    return home


@pytest.fixture(params=[True, False], ids=["reader", "no reader"])
def chatbot(request: pytest.FixtureRequest, home: Path) -> Iterator[Chatbot]:
    """The chatbot over it, with the answer reader and without it."""
    settings = load_settings(corpus=home / "corpus", index=home / "index", reader=request.param)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def test_the_words_are_found_far_below_and_quoted_first(chatbot: Chatbot) -> None:
    """By words and meaning alone, the passage is not among the first four."""
    plain = chatbot.retriever().rank(InterpretedQuestion(QUESTION)).citations(4)
    assert not any(WORDS in cited.passage.text for cited in plain)
    answer = chatbot.ask(QUESTION)
    assert (*answer.citations, *answer.nearest)[0].quote == WORDS


def test_scores_fall_from_card_to_card(chatbot: Chatbot) -> None:
    """The passage that moved has the score of the first one."""
    _, ranking = chatbot.retriever().search(QUESTION, ())
    scores = ranking.candidates.score.tolist()
    assert scores == sorted(scores, reverse=True)


def test_a_question_for_the_thing_keeps_the_nearer_passages(chatbot: Chatbot) -> None:
    """A definition further up says more about it than its words in a passage far below."""
    answer = chatbot.ask("What is BINARC?")
    assert (*answer.citations, *answer.nearest)[0].quote != WORDS


@pytest.mark.parametrize("word", ["A2/AD", "A2-AD", "A2AD"])
def test_the_heading_may_have_the_acronym(demo: Chatbot, word: str) -> None:
    """The glossary's sentence has only the words; the answer isn't refused."""
    answer = demo.ask(f"What does {word} stand for?")
    assert not answer.abstained
    assert answer.citations[0].doc_id == "glossary.md"
    assert answer.citations[0].quote.startswith("Anti-access and area denial")


def test_another_writing_of_an_acronym_is_no_missing_word(demo: Chatbot) -> None:
    """Documents write A2AD, so no hint says that "a2" is in none; one about another word stays."""
    assert hints("What does A2/AD stand for?", demo.build) == NO_HINTS
    assert hints("What does A2/AD cost in Brunei?", demo.build).unknown == ("brunei",)
