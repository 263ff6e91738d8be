"""The names in a question, and the passages that have none of them while others have some.

The answer reader doesn't see the title of a passage. So if a question asks for the capital of one
country, it can mistake the capital of another for the answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from chatbot.retrieval.passage_index import Flags
from chatbot.text.clean import folded_words
from chatbot.text.function_words import prose_language
from chatbot.types import DocumentSummary, Passage

_WORD: Final = re.compile(r"[^\W\d_][^\W_]+")
# The first word of a sentence tells nothing.
_BEGINNING: Final = re.compile(r"(?:^|[.?!])\W*$")
# With fewer words in lower case, a question may have capitals throughout.
_FEWEST_SMALL: Final = 3
# "China" and "Chinese", "Turkey" and "Turks" have this much in common.
_SHORTEST_STEM: Final = 4
_LONGEST_ENDING: Final = 3


def strangers(
    question: str, passages: Sequence[Passage], owners: Mapping[str, DocumentSummary]
) -> Flags:
    """Which passages have none of the question's names, although another one has, `(n,)`.

    Titles and headings count. One passage may use another name for the same thing, such as
    "Moscow" for Russia, so a passage with any of the names is no stranger.
    """
    names = asked_names(question)
    if not names:
        return np.zeros(len(passages), np.bool_)
    known = np.array(
        [_has_any(names, owners[passage.doc_id].title, passage) for passage in passages], np.bool_
    )
    return np.asarray(~known & known.any())


def asked_names(question: str) -> tuple[str, ...]:
    """The words of a question that are written like names, folded.

    German writes all nouns like that, so its questions have none.
    """
    words = [*_WORD.finditer(question)]
    if sum(word[0].islower() for word in words) < _FEWEST_SMALL:
        return ()
    if prose_language(folded_words(question)) == "de":
        return ()
    return tuple(
        name
        for word in words
        if word[0][0].isupper() and not _BEGINNING.search(question[: word.start()])
        for name in folded_words(word[0])
    )


def _has_any(names: Sequence[str], title: str, passage: Passage) -> bool:
    words = folded_words(" ".join([title, *passage.section, passage.text]))
    return any(_is_form(word, name) for name in names for word in words)


def _is_form(word: str, name: str) -> bool:
    """Whether a word is a name or begins with its stem."""
    stem = name[: max(_SHORTEST_STEM, len(name) - _LONGEST_ENDING)]
    return word == name or (len(stem) >= _SHORTEST_STEM and word.startswith(stem))
