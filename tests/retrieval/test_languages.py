"""The language of questions, hints in many languages, and confidence across languages."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field

import pytest

from chatbot.encoder.families import unread_documents
from chatbot.retrieval.confidence import Calibration
from chatbot.retrieval.query import content_words
from chatbot.retrieval.question_language import crosses_languages, question_language
from chatbot.retrieval.retriever import Retriever
from chatbot.text.function_words import prose_language


@dataclass
class Words:
    """An index that has these words."""

    known: frozenset[str]
    languages: list[str] = field(default_factory=lambda: ["en"])

    def terms(self, text: str) -> list[str]:
        return [text.casefold()]

    def document_frequencies(self, terms: list[str]) -> list[int]:
        return [int(term in self.known) for term in terms]


INDEX = Words(frozenset("s 400 sale date putin".split()))


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who sold it to China?", "en"),
        ("Wer hat es an China verkauft?", "de"),
        ("Кто продал это Китаю?", "ru"),
        ("谁把它卖给了中国？", "zh"),
        ("S-400 sale date", None),
        ("Informationsvorteil Bundeswehr Bedeutung", "de"),
    ],
)
def test_the_language_of_a_question_is_recognised(question: str, language: str | None) -> None:
    """Keywords that the index has could be in any language."""
    assert question_language(question, INDEX) == language  # type: ignore[arg-type]


def test_english_questions_do_not_load_the_library() -> None:
    """Keywords that the index has don't either, so the first answer from the shell stays quick."""
    code = (
        "import sys; from tests.retrieval.test_languages import INDEX, question_language as q; "
        "q('Who sold it to China?', INDEX); q('S-400 sale date', INDEX); "
        "print('py3langid' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["False"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Wer sind die Partner und was wollen sie?", ["partner"]),
        ("Кто подписал договор и когда?", ["подписал", "договор"]),
        ("Qui a signé le traité et quand ?", ["signé", "traité"]),
        ("俄罗斯为什么向中国出售武器？", ["俄罗斯", "向中国出售武器"]),
    ],
)
def test_question_words_of_other_languages_are_no_content(question: str, words: list[str]) -> None:
    """The remaining words are the subjects."""
    assert content_words(question) == words


@pytest.mark.parametrize(
    "question", ["die hard movie", "IL-10 production by T cells", "war in Iran"]
)
def test_an_english_question_keeps_its_english_question_words(question: str) -> None:
    """A single word that another language has too doesn't make a question foreign."""
    assert prose_language(question.casefold().split()) == "en"


@pytest.mark.parametrize(
    ("asked_in", "answered_in", "intercept"),
    [("de", "en", 1.0), ("en", "en", -1.0), (None, "en", -1.0), ("de", None, -1.0)],
)
def test_confidence_makes_up_for_another_language(
    asked_in: str | None, answered_in: str | None, intercept: float
) -> None:
    """It does so only if both languages are known and differ."""
    fields = dict.fromkeys(Retriever.__dataclass_fields__) | {
        "calibration": Calibration(-1.0, 3.0, 0.0),
        "other_language": 2.0,
    }
    retriever = Retriever(**fields)  # type: ignore[arg-type]
    calibration = retriever._calibration_for(asked_in, answered_in, retriever.calibration)
    assert calibration == Calibration(intercept, 3.0, 0.0)


def test_only_known_languages_differ() -> None:
    """An unknown language is taken to be the same."""
    assert crosses_languages("de", "en")
    assert not crosses_languages("de", "de")
    assert not crosses_languages(None, "en")
    assert not crosses_languages("de", None)


@pytest.mark.parametrize(
    ("model", "languages", "unread"),
    [
        ("all-MiniLM-L6-v2", {"en": 8, "de": 1, "ru": 1}, 2),
        ("all-MiniLM-L6-v2", {"en": 9, "de": 1}, 0),
        ("all-MiniLM-L6-v2", {"en": 5, "": 5}, 0),
        ("multilingual-e5-small", {"de": 10}, 0),
        ("/models/bge-small-en-v1.5", {"de": 10}, 10),
    ],
)
def test_documents_that_the_model_cannot_read_are_counted(
    model: str, languages: dict[str, int], unread: int
) -> None:
    """Only if they are over a tenth, and never those of an unknown language."""
    assert unread_documents(model, languages) == unread
