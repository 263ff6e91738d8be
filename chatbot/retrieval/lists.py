"""Lists: the sentence that announces one, and its items, are quoted as a whole.

A list stands on lines of its own, or in prose: "They agreed on two aims. The first is …".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from chatbot.retrieval.evidence import is_statement, sentence_text
from chatbot.types import Passage, Span

# A quote is read at a glance.
_LONGEST: Final = 1_200
_NUMBERS: Final = {
    word: number
    for number, word in enumerate("two three four five six seven eight nine ten".split(), start=2)
}
_NUMBER: Final = re.compile(rf"\b({'|'.join(_NUMBERS)}|\d{{1,2}})\b", re.IGNORECASE)
_SEVERAL: Final = re.compile(
    r"\b(list|name (all|the)|(what|which|who) (are|were)"
    r"|which (\w+ )?(?!does|was|has)\w{3,}(?<!s)s\b"
    r"|what \w{3,}(?<!s)s (of|are|were|do|did|have|can|will)\b)",
    re.IGNORECASE,
)
# Between the cells of a row.
_ROW: Final = " | "
_BREAKS_OFF: Final = re.compile(
    r"\b(?:an?|and|at|because|between|but|by|for|from|if|into|of|on|or|than|that|the|their|to|with)$"
)
_ENDING: Final = re.compile(r"[:：][\"”»)]?$")
_ORDINALS: Final = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORDINAL: Final = re.compile(
    rf"(?:and |the )*({'|'.join(_ORDINALS)})(?:ly)?\b(?! (?:time|half|world)\b)", re.IGNORECASE
)
# Sentences of prose that belong to an item, besides its first one.
_LONGEST_ITEM: Final = 2


class ListPlace(NamedTuple):
    """The numbers of the sentence that announces a list, and of its last sentence."""

    intro: int
    last: int


def asks_for_several(question: str) -> bool:
    """Whether a question asks for more than one thing, such as "Which areas are named?"."""
    return bool(_SEVERAL.search(question))


def announces(sentence: str) -> bool:
    """Whether a sentence only announces what follows."""
    return bool(_ENDING.search(sentence.rstrip()))


def may_answer(passage: Passage, number: int) -> bool:
    """Whether a sentence states something, or announces a list that can be quoted with it.

    The header row of a table states nothing.
    """
    if _is_header(passage, number):
        return False
    if is_statement(_text(passage, number)):
        return True
    return announces(_text(passage, number)) and list_at(passage, number) is not None


def _is_header(passage: Passage, number: int) -> bool:
    """Whether a sentence is a header row of a table.

    A passage knows its header rows. The first row counts as one even where it isn't marked; a
    continued table has its header before.
    """
    if passage.sentences[number] in passage.heads:
        return True
    if _ROW not in _text(passage, number) or number + 1 == len(passage.sentences):
        return False
    if _ROW not in _text(passage, number + 1):
        return False
    return _ROW not in _text(passage, number - 1) if number else passage.lead is None


def quoted(passage: Passage, number: int, question: str) -> Span:
    """The span to quote for a sentence: itself, or the list to which it belongs.

    A sentence that announces a list is quoted with it. An item brings the whole list if the
    question asks for several things, and so does the sentence before a list in prose. A sentence
    that breaks off is quoted with the next one.
    """
    place = list_at(passage, number)
    if asks_for_several(question):
        place = place or _prose_list_at(passage, number)
    elif place and place.intro != number:
        place = None
    if place is None:
        return _completed(passage, number)
    return Span(passage.sentences[place.intro].start, passage.sentences[place.last].end)


def _completed(passage: Passage, number: int) -> Span:
    """A sentence, with the next one if it breaks off: "Please send mail to", above an address.

    Old text files have such lines, and a list or an address often stands apart from its sentence.
    """
    sentence = passage.sentences[number]
    if number + 1 == len(passage.sentences) or not _BREAKS_OFF.search(_text(passage, number)):
        return sentence
    completed = Span(sentence.start, passage.sentences[number + 1].end)
    return completed if completed.end - completed.start <= _LONGEST else sentence


def list_at(passage: Passage, number: int) -> ListPlace | None:
    """The list that a sentence announces or belongs to: at least two items, and not too long."""
    intro = number
    while not announces(_text(passage, intro)):
        intro -= 1
        if intro < 0 or (_lines(passage, intro) > 1 and not announces(_text(passage, intro))):
            return None
    last = _last_item(passage, intro)
    if last is None or number > last:
        return None
    length = passage.sentences[last].end - passage.sentences[intro].start
    return ListPlace(intro, last) if length <= _LONGEST else None


def _prose_list_at(passage: Passage, number: int) -> ListPlace | None:
    """The list in prose that begins after a sentence or has it: "The first …", "The second …"."""
    ordinals = [_ordinal(_text(passage, each)) for each in range(len(passage.sentences))]
    for intro in range(number, -1, -1):
        items = _in_sequence(ordinals, intro + 1)
        if len(items) >= 2:
            length = passage.sentences[items[-1]].end - passage.sentences[intro].start
            fits = number <= items[-1] and length <= _LONGEST
            return ListPlace(intro, items[-1]) if fits else None
    return None


def _in_sequence(ordinals: Sequence[int | None], first: int) -> list[int]:
    """The places of "first", "second" and so on, the first one at `first`."""
    items: list[int] = []
    for place in range(first, len(ordinals)):
        if ordinals[place] == len(items):
            items.append(place)
        elif not items or place - items[-1] > _LONGEST_ITEM:
            break
    return items


def _ordinal(sentence: str) -> int | None:
    """The number, from 0, of the ordinal with which a sentence begins, if it does."""
    match = _ORDINAL.match(sentence)
    return _ORDINALS.index(match[1].lower()) if match else None


def _last_item(passage: Passage, intro: int) -> int | None:
    """The last sentence of the announced list, as far as it is in the passage.

    The first item may follow a blank line; each of the others is on the next line. Rows of a table
    are not items.
    """
    count = _announced(_text(passage, intro))
    items, last = 0, None
    for number in range(intro, len(passage.sentences) - 1):
        lines = _lines(passage, number)
        if (lines > 1 and items) or not (lines or items) or (lines and items == count > 0):
            break
        items += bool(lines)
        last = number + 1
        if _ROW in _text(passage, last):
            return None
    return last if items >= 2 else None


def _announced(sentence: str) -> int:
    """The number of items that the sentence names; 0 if it names none, or several numbers."""
    numbers = {match.group().lower() for match in _NUMBER.finditer(sentence)}
    if len(numbers) != 1:
        return 0
    word = numbers.pop()
    return _NUMBERS.get(word) or int(word)


def _lines(passage: Passage, number: int) -> int:
    """The number of line breaks before the next sentence."""
    start = passage.span.start
    first, second = passage.sentences[number], passage.sentences[number + 1]
    return passage.text[first.end - start : second.start - start].count("\n")


def _text(passage: Passage, number: int) -> str:
    return sentence_text(passage, passage.sentences[number])
