"""The language of a question, if it matters for the answer."""

from __future__ import annotations

from typing import Any

from chatbot.retrieval.passage_index import PassageIndex
from chatbot.text.function_words import words_of
from chatbot.text.languages import language_of, obvious_language


def question_language(text: str, index: PassageIndex[Any]) -> str | None:
    """The language of a question; None if it can't be detected, or if it doesn't matter.

    A few keywords that are all in an index of one language are in that language, so they don't
    need the library for detection, which takes half a second to load.
    """
    if language := obvious_language(text):
        return language
    if text.isascii() and len(index.languages) == 1 and _all_known(text, index):
        return None
    return language_of(text)


def is_english(text: str, index: PassageIndex[Any]) -> bool:
    """Whether a question is in English, as far as that can be detected."""
    language = question_language(text, index)
    return language == "en" or (language is None and index.languages == ["en"])


def _all_known(text: str, index: PassageIndex[Any]) -> bool:
    return all(
        index.document_frequencies([t for word in words_of(text) for t in index.terms(word)])
    )


def crosses_languages(question_language: str | None, passage_language: str | None) -> bool:
    """Whether a passage is known to be in another language than the question."""
    known = question_language is not None and passage_language is not None
    return known and question_language != passage_language
