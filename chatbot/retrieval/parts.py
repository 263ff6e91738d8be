"""Splits a question that asks for several things into its parts.

There are three kinds: a comparison ("Compare X and Y"), several questions in one ("When was X
signed, and who signed it?"), and names that share a question ("What do X and Y say about Z?").
A question about names that act together, such as "How do X and Y cooperate?", isn't split.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from chatbot.retrieval.figures import A_MONTH
from chatbot.retrieval.query import is_question_word
from chatbot.text.clean import folded_words

PartsKind = Literal["comparison", "questions", "names"]

_MOST_PARTS: Final = 4
_LONGEST: Final = 300
_FEWEST_CHARACTERS: Final = 2


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """A part: its words as the person wrote them, and the question to search for it.

    `after` has the parts before it. Its question may lean on them, as a follow-up does.
    """

    text: str
    question: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitQuestion:
    """The parts of a question, at least two."""

    kind: PartsKind
    parts: tuple[QuestionPart, ...]


_NAME: Final = r"(?:the )?[A-Z][\w/&.'’-]*(?: (?:of |for |the )*[A-Z0-9][\w/&.'’-]*)*"
_COMPARISONS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(?:please )?compare (?P<all>.+)$",
        r"^(?:please )?contrast (?P<all>.+)$",
        r"^(?:give (?:me )?)?(?:an? )?comparison (?:of|between) (?P<all>.+)$",
        (
            r"^(?:what (?:is|are) the |explain the )?(?:main |key )?"
            r"(?:differences?|similarities|similarity|distinction) between (?P<all>.+)$"
        ),
        r"^how (?:is|are|was|were) (?P<x>.+?) different from (?P<y>.+)$",
        r"^how (?:does|do|did) (?P<x>.+?) (?:differ from|compare (?:to|with)) (?P<y>.+)$",
        r"^how (?:does|do|did) (?P<all>.+? and .+?) (?:differ|compare)$",
        r"^what (?:distinguishes|separates) (?P<x>.+?) from (?P<y>.+)$",
        r"^(?P<x>.+?)(?:,)? (?:compared (?:to|with)|versus|vs\.?) (?P<y>.+)$",
        r"^(?:bitte )?vergleiche?(?:n sie)? (?P<all>.+)$",
        r"^(?:was ist der |was sind die )?unterschiede? zwischen (?P<all>.+)$",
        r"^compare[rz]? (?P<all>.+)$",
        r"^(?:quelles? (?:est|sont) (?:la|les) )?différences? entre (?P<all>.+)$",
        r"^сравни(?:те)? (?P<all>.+)$",
        r"^(?:в чём )?(?:разница|различия?) между (?P<all>.+)$",
        r"^чем отлича[её]тся (?P<x>.+?) от (?P<y>.+)$",
        r"^(?:请)?比较(?:一下)? ?(?P<x>.+?) ?[和与跟] ?(?P<y>.+)$",
        r"^(?P<x>.+?)[和与跟](?P<y>.+?)(?:之间)?(?:的|有什么|有何)?(?:区别|不同|差异)(?:是什么)?$",
    )
)
# The words between the things, the surest first: "to" and "with" may belong to one thing.
_SEPARATORS: Final = {
    **dict.fromkeys("and und et и".split(), 0),
    **dict.fromkeys("with mit avec с".split(), 1),
    "to": 2,
}
_LIST: Final = re.compile(rf",? (?P<word>{'|'.join(_SEPARATORS)}) |, ", re.IGNORECASE)
_ONLY_NAME: Final = re.compile(_NAME)
# Words after the last thing compared that belong to all of them: "X and Y on trade".
_TOPIC: Final = re.compile(
    r" (?P<topic>(?:in terms of|with regard to|with respect to|regarding|concerning|on|about|as|for"
    r"|in|by|since|during|under|when it comes to|over) .+)$",
    re.IGNORECASE,
)
# Words before the first thing compared that belong to all of them: "the views of X and Y".
_HEAD: Final = re.compile(r"^(?P<head>.+ (?:of|by|from|between|for)) (?P<rest>.+)$", re.IGNORECASE)
# The same before names: "trade with China and India", "how the paper describes China and India".
_HEAD_OF_NAMES: Final = re.compile(
    r"^(?P<head>.+ (?:with|to|mit|avec|с)|(?:how|what|why|where|when|which|who)\b.* (?!the )[a-z]+)"
    rf" (?P<rest>{_NAME})$"
)
# "US and UK views": the last word belongs to both.
_SHARED: Final = re.compile(r"^(?P<own>\S+) (?P<shared>[^\W\d_A-Z].*)$")
_A_YEAR: Final = r"(?<![\w.,/-])(?:1[5-9]|20)\d\ds?(?![\w/-]|[.,]\d)"
# A date or number that stands for the whole thing with it: "the ships in 2015 and 2020". Each kind
# has the kinds that it may replace.
_DATES: Final = tuple(
    (
        re.compile(rf"(?:(?:in|of|for|im|en|в|the|year) )*(?P<date>{kind})"),
        tuple(map(re.compile, kinds)),
    )
    for kind, *kinds in (
        (f"{A_MONTH} {_A_YEAR}", f"{A_MONTH} {_A_YEAR}", _A_YEAR),
        (_A_YEAR, _A_YEAR),
        (A_MONTH, A_MONTH),
        (r"\d[\d.,]*%?", r"(?<![\w.,/-])\d+(?:[.,]\d+)*%?(?![\w/-]|[.,]\d)"),
    )
)
_WH: Final = (
    r"(?:(?:for|from|in|at|by|with|to|on|since|until|of) )?"
    r"(?:who|whom|whose|what|when|where|which|why|how)"
)
_QUESTION_WORD: Final = (
    rf"(?:{_WH}|wer|wen|wem|wann|wo|was|wie|warum|welche\w*|qui|quand|où|que|quoi|comment|pourquoi"
    r"|quel\w*|кто|когда|где|что|как|почему|как(?:ой|ая|ие|ую))\b"
)
_JOINED: Final = re.compile(
    rf"^(?P<first>{_QUESTION_WORD} .+?),? (?:and|und|et|и) (?P<second>{_QUESTION_WORD} .+)$",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|so|there)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS: Final = 2
_PREPOSITION: Final = re.compile(r"(?:from|of|in|on|for|with|by|at|about|under|during|since)\b")
# "how often X and Y trained": each did.
_EACH: Final = re.compile(
    rf"^(?P<asked>(?:how|what|why|where|when|which|whom?)(?: (?!the )[a-z]+)*) (?P<x>{_NAME})"
    rf" and (?P<y>{_NAME}) (?P<verb>.+)$"
)
# "Russian views of the Arctic with Chinese views": the end belongs to both.
_END: Final = r"\b{} (?P<end>(?:of|on|about|in|to|towards|for|with) .+)$"
_SENTENCES: Final = re.compile(r"(?<=[?？])\s+")
_NAMES: Final = re.compile(
    rf"^(?P<before>(?i:what|which|how|why|when|where|who)\b.*? )(?P<x>{_NAME}) and (?P<y>{_NAME})"
    r"(?P<after> .+)?$"
)
# Words which show that names act together, or that the question asks what is between them.
_TOGETHER: Final = re.compile(
    r"\b(?:between|both|together|joint\w*|each other|one another|common|cooperat\w*|co-operat\w*"
    r"|collaborat\w*|partner\w*|allian\w*|allies|relation\w*|agree\w*|treat(?:y|ies)|shar\w+|combin\w*"
    r"|two|trade|deal\w*|ties|links?|border|meet|met|war|conflict|merge\w*)\b",
    re.IGNORECASE,
)


def split_question(text: str) -> SplitQuestion | None:
    """The parts of a checked question; None if it asks for one thing, or for one thing twice."""
    split = _split(text)
    if split is None:
        return None
    distinct = {part.question.casefold() for part in split.parts}
    return split if len(distinct) == len(split.parts) else None


def _split(text: str) -> SplitQuestion | None:
    if len(text) > _LONGEST:
        return None
    question = text.strip().rstrip("?!.？。 ")
    compared = _things_compared(question)
    if compared:
        return SplitQuestion("comparison", compared)
    questions = _questions_in(text)
    if questions:
        return SplitQuestion("questions", questions)
    names = _NAMES.match(question)
    if names and not _TOGETHER.search(question):
        return SplitQuestion(
            "names",
            tuple(
                QuestionPart(name, f"{names['before']}{name}{names['after'] or ''}?")
                for name in (names["x"], names["y"])
            ),
        )
    return None


def _things_compared(question: str) -> tuple[QuestionPart, ...]:
    """The things that a comparison names, each with the words that belong to all of them."""
    for pattern in _COMPARISONS:
        match = pattern.match(question)
        if match:
            break
    else:
        return ()
    values = match.groupdict()
    each = _EACH.match(values.get("all") or "")
    if each:
        asked, *names, verb = each.groups()
        return tuple(QuestionPart(name, f"{asked} {name} {verb}?") for name in names)
    *things, last = _listed(values["all"]) if values.get("all") else (values["x"], values["y"])
    topic = _TOPIC.search(last)
    # "Exports in 2015 and imports in 2020": each has its own date.
    if topic and things and _dated(things[0], topic["topic"]) not in {"", topic["topic"]}:
        topic = None
    shared = f" {topic['topic']}" if topic else ""
    things = [*things, last[: topic.start()] if topic else last]
    things[1:] = [_dated(things[0], thing) for thing in things[1:]]
    things[1:] = [_ended(things[0], thing) for thing in things[1:]]
    head = _HEAD.match(things[0])
    if not head and all(map(_ONLY_NAME.fullmatch, things[1:])):
        head = _HEAD_OF_NAMES.match(things[0])
    if head and not any(_HEAD.match(thing) for thing in things[1:]):
        things = [things[0], *(f"{head['head']} {thing}" for thing in things[1:])]
    tail = _SHARED.match(things[-1])
    if tail and all(map(_is_word_of_name, things[:-1])):
        things = [*(f"{thing} {tail['shared']}" for thing in things[:-1]), things[-1]]
    things = [thing.strip(" ,") for thing in things]
    if not 2 <= len(things) <= _MOST_PARTS or min(map(len, things)) < _FEWEST_CHARACTERS:
        return ()
    return tuple(QuestionPart(thing, f"{thing}{shared}") for thing in things)


def _listed(text: str) -> list[str]:
    """The things in a list. The words "to" and "with" separate them only if no surer word does.

    After a name they do as well: "Russia with China and India". Without capital letters, any may be
    a name.
    """
    things = _LIST.split(text)[::2]
    if text.islower() and len({*things}) == len(things):
        return things
    surest = min(
        (_SEPARATORS[word] for word in map(_word_of, _LIST.finditer(text)) if word), default=0
    )
    things, start = [], 0
    for match in _LIST.finditer(text):
        thing, word = text[start : match.start()], _word_of(match)
        if not word or _SEPARATORS[word] == surest or _ONLY_NAME.fullmatch(thing):
            things.append(thing)
            start = match.end()
    return [*things, text[start:]]


def _word_of(match: re.Match[str]) -> str:
    return (match["word"] or "").lower()


def _dated(first: str, thing: str) -> str:
    """A thing that is only a date or a number, as the first thing with it in the place of its own.

    Without such a place, the thing is empty.
    """
    for only, kinds in _DATES:
        if date := only.fullmatch(thing):
            kind = next((kind for kind in kinds if len(kind.findall(first)) == 1), None)
            return kind.sub(date["date"], first) if kind else ""
    return thing


def _ended(first: str, thing: str) -> str:
    """A thing with the end of the first one if it ends with the word before that end."""
    word = thing.rpartition(" ")[2]
    end = re.search(_END.format(re.escape(word)), first) if word else None
    return f"{thing} {end['end']}" if end else thing


def _is_word_of_name(thing: str) -> bool:
    return len(thing.split()) == 1 and (thing[:1].isupper() or thing.isdecimal())


def _questions_in(text: str) -> tuple[QuestionPart, ...]:
    """The questions in a text; empty if there is only one, or if one only asks for a detail."""
    sentences = [sentence.strip() for sentence in _SENTENCES.split(text)]
    if len(sentences) == 1:
        match = _JOINED.match(text.strip().rstrip("?？ "))
        sentences = [*_completed(match["first"], match["second"])] if match else []
    if not 2 <= len(sentences) <= _MOST_PARTS:
        return ()
    if not all(sentence.endswith(("?", "？")) for sentence in sentences):
        return ()
    if any(_asks_for_detail(sentence) for sentence in sentences[1:]):
        return ()
    return tuple(
        QuestionPart(sentence, sentence, tuple(sentences[:number]))
        for number, sentence in enumerate(sentences)
    )


def _completed(first: str, second: str) -> tuple[str, str]:
    """Both questions, the first with the end that they share.

    "What does X gain and what does Y gain from Z?" begins with "What does X gain from Z?".
    """
    verb = first.rsplit(maxsplit=1)[-1]
    _, same_verb, rest = second.partition(f" {verb} ")
    shared = bool(same_verb) and _PREPOSITION.match(rest)
    return f"{first} {rest}?" if shared else f"{first}?", f"{second}?"


def _asks_for_detail(sentence: str) -> bool:
    """Whether a question asks for a detail of the one before: "and from how many countries?"."""
    names = [word for word in folded_words(sentence) if not is_question_word(word)]
    return len(names) < _FEWEST_WORDS and not _REFERENCE.search(sentence)
