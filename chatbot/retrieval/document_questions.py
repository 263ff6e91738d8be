"""Recognises questions about the documents themselves, and greetings.

A pattern has to match the whole question, because a question about the contents that is taken for
one about the documents is worse than one that is missed. Patterns of all languages are tried: the
words of one don't occur in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from chatbot.answers import AboutKind
from chatbot.retrieval.asked_formats import FORMAT_WORDS, asked_formats
from chatbot.retrieval.document_question_patterns import LANGUAGES
from chatbot.retrieval.query import is_question_word
from chatbot.text.clean import folded_words

_POLITE: Final = re.compile(
    r"^(?:(?:please|can you|could you|would you|tell me|bitte|s'il (?:vous|te) plaît|пожалуйста|请)"
    r"[ ,]*)+|[ ,]+(?:please|bitte|s'il (?:vous|te) plaît|пожалуйста)$"
)
_MARKS: Final = re.compile(r"[\s?!.。？！…,;:]+$|^[¿¡\s]+")
_NAMES: Final = re.compile("\\b(?:" + "|".join(nouns["N"] for nouns, _ in LANGUAGES) + ")\\b")
_CJK_NAMES: Final = re.compile("(?:" + LANGUAGES[-1][0]["N"] + ")")
_QUOTED: Final = re.compile('["“„«「《](.+)["”“»」》]')
_FEWEST_NAMING: Final = 2
_FILE: Final = re.compile(r"\S+\.[a-z0-9]{1,5}\b")
_FILLERS: Final = frozenset(
    "called titled named entitled dated die der das den dem des ein eine einen zum zur über von "
    "le la les un une du de des sur intitulé о об про под названием 的 关于 这 那 这份 那份".split()
)
_THIS: Final = re.compile(
    r"(?:this|the|it|dieses?|diese[nrm]?|das|ce|cette|cet|этот|эту|этого|это|这|这个|这份|)"
)


@dataclass(frozen=True, slots=True)
class DocumentQuestion:
    """A question about the documents.

    `subject` has the words that name a document or a topic; it is empty for all documents.
    `is_named` if the question says that they name a document: by a word such as "report", by
    quotes or as a file. `is_this` if it means the only document that the filters admit.
    `media_types` are those asked for, `year` the only year, and `age` if it asks for the newest or
    the oldest document.
    """

    kind: AboutKind
    subject: tuple[str, ...] = ()
    is_named: bool = False
    is_this: bool = False
    media_types: frozenset[str] = frozenset()
    year: str = ""
    age: Literal["newest", "oldest"] | None = None


def document_question(text: str) -> DocumentQuestion | None:
    """The question about the documents that a checked question is; None for any other."""
    question = _MARKS.sub("", text.casefold().replace("’", "'"))
    question = _MARKS.sub("", _POLITE.sub("", question))
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(question)
        if match and "X" in pattern.groupindex:
            media_types = asked_formats(question[: match.start("X")])
            return _with_subject(kind, match["X"], media_types)
        if match:
            media_types = asked_formats(question)
            if kind in {"newest", "oldest"}:
                age = cast("Literal['newest', 'oldest']", kind)
                return DocumentQuestion("date", media_types=media_types, age=age)
            year = match.groupdict().get("Y", "")
            return DocumentQuestion(cast("AboutKind", kind), media_types=media_types, year=year)
    return None


def _with_subject(kind: str, subject: str, media_types: frozenset[str]) -> DocumentQuestion | None:
    quoted = _QUOTED.search(subject)
    words = quoted[1] if quoted else _CJK_NAMES.sub(" ", _NAMES.sub(" ", subject))
    says_document = bool(quoted or _FILE.fullmatch(subject)) or words != subject
    names = naming_words(words)
    about = cast("AboutKind", "summary" if kind == "contents" else kind)
    if names:
        # Nothing but a document can be summarised here. "What is X about?" may mean something else.
        surely = kind == "summary" or (kind == "contents" and len(names) >= _FEWEST_NAMING)
        is_named = says_document or surely
        return DocumentQuestion(about, names, is_named=is_named, media_types=media_types)
    is_this = says_document and not quoted and bool(_THIS.fullmatch(words.strip()))
    return DocumentQuestion(about, is_this=True) if is_this else None


def naming_words(text: str) -> tuple[str, ...]:
    """The words of a title or a subject that name it."""
    return tuple(
        word for word in folded_words(text) if not is_question_word(word) and word not in _FILLERS
    )


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for words, kinds in LANGUAGES:
        for kind, patterns in kinds.items():
            for pattern in patterns:
                yield kind, re.compile(_filled(pattern, words))


def _filled(pattern: str, words: Mapping[str, str]) -> str:
    # "IN" may follow another word without a space, because its own begins with one.
    words = {**words, **{noun: f"{words[noun]}|{FORMAT_WORDS}" for noun in "DN"}}
    filled = re.sub("HAVE|IN|D|N", lambda match: words[match[0]], pattern)
    return filled.replace("X", "(?P<X>.{1,200}?)").replace("Y", r"(?P<Y>(?:19|20)\d\d)")


_PATTERNS: Final = tuple(_patterns())
