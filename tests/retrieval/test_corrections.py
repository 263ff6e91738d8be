"""A misspelt word is corrected if the documents have exactly one word like it; nothing else is."""

from __future__ import annotations

import json
import re

import pytest

from chatbot.answers import Correction
from chatbot.assistant import Chatbot
from chatbot.retrieval.corrections import corrected, corrections
from tests.shared import EVALUATION

MISSPELT = "why would an attack on satelites be dangerous for nuclear stability"
SPELLED = "why would an attack on satellites be dangerous for nuclear stability"


@pytest.mark.parametrize(
    ("question", "written", "read"),
    [
        (MISSPELT, "satelites", "satellites"),
        ("where does russia buy parts since the sanctons", "sanctons", "sanctions"),
        ("what aircraft did China recieve from Russia", "recieve", "receive"),
        ("how could the parnters share a navy", "parnters", "partners"),
        ("what do the two countries do about inteligence", "inteligence", "intelligence"),
        ("who leads in tehcnology", "tehcnology", "technology"),
    ],
)
def test_a_misspelt_word_is_searched_as_the_documents_spell_it(
    demo: Chatbot, question: str, written: str, read: str
) -> None:
    """The answer says which word was read for it, and is that of the right spelling."""
    answer, right = demo.ask(question), demo.ask(question.replace(written, read))
    assert answer.question == question
    assert answer.corrections == (Correction(written, read),)
    assert answer.interpreted_question == right.question
    assert (answer.citations, answer.nearest) == (right.citations, right.nearest)
    assert right.corrections == ()


def test_a_question_asked_as_typed_is_not_corrected(demo: Chatbot) -> None:
    """It is ranked with the word that no document has."""
    answer = demo.ask(MISSPELT, as_typed=True)
    assert (answer.corrections, answer.interpreted_question) == ((), MISSPELT)


def test_a_follow_up_is_corrected_before_it_is_understood(demo: Chatbot) -> None:
    """The words of the turn before are added to the corrected question."""
    answer = demo.ask("and the sanctons?", history=["What did Crimea change?"])
    assert answer.interpreted_question.startswith("and the sanctions?")


@pytest.mark.parametrize(
    "question",
    [
        "Did Rusia sell aircraft to China?",  # it may be a name
        "Which weapons did Barkov sell to China?",
        "Did Russia sell the S-450 to China?",
        "Did Russia sell the S450 to China?",
        "What is the A2BD strategy of China?",
        "Почему санкцйи важны?",
        "how does the navy rent ships",  # a real word, and "sent" is in the documents
        "is a septic tank dangerous for ships",
        "Wie wurden die Sanktionen gegen Russland begruendet?",
        "sanctons satelites inteligence",  # nothing says that it's about the documents
    ],
)
def test_names_numbers_real_words_and_other_languages_are_left_alone(
    demo: Chatbot, question: str
) -> None:
    """Nothing is corrected, although some are one letter away from a word of the documents."""
    assert demo.ask(question).corrections == ()


def test_no_word_of_the_documents_is_corrected(demo: Chatbot) -> None:
    """Every word of the corpus, with a word that the documents lack beside it."""
    retriever = demo.retriever()
    documents = (demo.document(summary.doc_id) for summary in demo.documents())
    text = "\n".join(document.text for document in documents if document)
    words = sorted({*re.findall(r"\b[a-z]{5,}\b", text)})
    assert len(words) > 1_000
    for word in words:
        found = corrections(f"the russian {word}", retriever.index, retriever.is_word)
        assert found == (), word


@pytest.mark.skipif(not EVALUATION.is_dir(), reason="the shared evaluation data is not here")
def test_questions_on_other_subjects_are_left_alone(demo: Chatbot) -> None:
    """Of 2,500 real questions that the documents know nothing of, none is corrected."""
    retriever = demo.retriever()
    for name in ("squad20_sample", "scifact", "cranfield", "mtrag_human_dev"):
        for line in (EVALUATION / name / "queries.jsonl").read_text("utf-8").splitlines():
            question = json.loads(line)["text"]
            assert corrections(question, retriever.index, retriever.is_word) == (), question


def test_a_correction_replaces_whole_words_only() -> None:
    """A word that contains the misspelt one stays."""
    found = (Correction("ships", "shops"),)
    assert corrected("warships and ships", found) == "warships and shops"
