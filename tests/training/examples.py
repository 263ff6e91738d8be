"""Question sets as token windows with the tokens of the answer.

A row of a set is a question, a passage and perhaps an answer in it. A window is a run of whole
sentences of the passage, as the reader sees it when it is asked. Windows are drawn anew each time,
so that neither their length nor the place of the answer tells anything.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer

from chatbot.text.sentences import sentence_spans
from chatbot.types import Span

# How often each row of a set is drawn in one round. Sets that look like questions of staff count
# more; sets with noisy labels or short passages count less.
SHARES: Final = {
    "squadshifts": 1.0,
    "squadshifts_near": 1.0,
    "squadshifts_cut": 1.0,
    "tydi_en": 2.0,
    "tydi_en_cut": 2.0,
    "covidqa": 2.0,
    "covidqa_near": 1.0,
    "selqa": 1.5,
    "selqa_near": 1.5,
    "fairytaleqa": 0.7,
    "fairytaleqa_near": 0.5,
    "qamr": 0.6,
    "condaqa": 0.3,
    "medquad": 0.35,
}
# Titles of these sets' groups are titles of articles.
_TITLED: Final = ("squadshifts", "tydi_en", "selqa")
_UNTITLED_GROUPS: Final = ("Filtered_", "")
_QUESTION_TOKENS: Final = 48
_PASSAGE_TOKENS: Final = 480
_TITLE_TOKENS: Final = 16
_SHORTEST: Final = 40
_LONGEST: Final = 200
# One row in this many is kept for measuring, chosen by its group so that passages don't recur.
_HELD_OUT: Final = 60


@dataclass(slots=True)
class Row:
    """A question with its passage in tokens.

    `answer` has the first and last token of the answer in the passage, or None. A row may be
    `answerable` without one. `sentences` has the first token of each sentence.
    """

    question: list[int]
    passage: list[int]
    sentences: list[int]
    answer: tuple[int, int] | None
    answerable: bool
    title: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens of a question and of a window, with the answer's positions in `tokens`.

    `start` and `end` are 0, the position of the first special token, if the answer is not there,
    and -1 if it is there without known positions.
    """

    tokens: list[int]
    types: list[int]
    start: int
    end: int


def read_rows(folder: Path, tokenizer: Tokenizer, *, held_out: bool) -> dict[str, list[Row]]:
    """The rows of every set, those for training or the ones held out."""
    sets = {name: _lines(folder / f"{name}.jsonl.gz") for name in SHARES}
    groups = {
        line["passage"]: line.get("group") or ""
        for name, lines in sets.items()
        if name in _TITLED
        for line in lines
    }
    return {
        name: list(_rows(name, lines, groups, tokenizer, held_out=held_out))
        for name, lines in sets.items()
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def _rows(
    name: str,
    lines: list[dict[str, Any]],
    groups: dict[str, str],
    tokenizer: Tokenizer,
    *,
    held_out: bool,
) -> Iterator[Row]:
    for line in lines:
        digest = hashlib.blake2b(f"{line.get('group')}".encode(), digest_size=4).digest()
        if (int.from_bytes(digest, "big") % _HELD_OUT == 0) != held_out:
            continue
        # Other passages of a discussion or of a shop are about the same and may hold the answer.
        overlap = line.get("overlap")
        group = line.get("group") or ""
        if group.startswith(("Filtered_", "amazon", "Amazon")) and overlap and overlap >= 0.5:
            continue
        row = _row(line, tokenizer)
        if row:
            title = groups.get(line["passage"], "") if name.startswith(_TITLED) else ""
            if title and not title.startswith(_UNTITLED_GROUPS[0]):
                row.title = tokenizer.encode(
                    title.replace("_", " ") + ".", add_special_tokens=False
                ).ids[:_TITLE_TOKENS]
            yield row


def _row(line: dict[str, Any], tokenizer: Tokenizer) -> Row | None:
    """The line in tokens; None if its answer lies beyond the longest passage."""
    passage = line["passage"]
    encoding = tokenizer.encode(passage, add_special_tokens=False)
    offsets = encoding.offsets[:_PASSAGE_TOKENS]
    if not offsets:
        return None
    starts = [span.start for span in sentence_spans(passage, Span(0, len(passage)))]
    sentences: list[int] = []
    position = 0
    for start in starts:
        while position < len(offsets) and offsets[position][0] < start:
            position += 1
        if position < len(offsets) and position not in sentences[-1:]:
            sentences.append(position)
    answer = None
    if line["answers"]:
        first = line["answers"][0]["start"]
        last = first + len(line["answers"][0]["text"].rstrip())
        inside = [n for n, (start, end) in enumerate(offsets) if start < last and end > first]
        if not inside or offsets[-1][1] < last:
            return None
        answer = inside[0], inside[-1]
    question = tokenizer.encode(line["question"], add_special_tokens=False).ids
    return Row(
        question=question[:_QUESTION_TOKENS],
        passage=encoding.ids[:_PASSAGE_TOKENS],
        sentences=sentences or [0],
        answer=answer,
        answerable=bool(line["answerable"]),
    )


def draw(row: Row, chance: random.Random, ends: tuple[int, int], *, whole: bool = False) -> Window:
    """A window of the row; `ends` are the tokens that begin and separate, [CLS] and [SEP].

    One answerable row in six loses its answer's sentences and becomes unanswerable: the reader
    must tell sentences of one passage apart. A third of the windows with an answer lose another
    sentence, so that a gap doesn't tell that the answer was removed.
    """
    bounds = [*row.sentences, len(row.passage)]
    spans = list(pairwise(bounds))
    answer = row.answer
    if whole:
        kept = spans
    elif answer is None:
        kept = _run(spans, chance.randrange(len(spans)), chance)
    else:
        holders = [
            n for n, (start, end) in enumerate(spans) if start <= answer[1] and end > answer[0]
        ]
        others = [span for n, span in enumerate(spans) if n not in holders]
        if others and chance.random() < 1 / 6:
            kept, answer = _run(others, chance.randrange(len(others)), chance), None
            return _window(row, kept, None, ends, chance, answerable=False)
        kept = _run(spans, chance.choice(holders), chance, holders)
        droppable = [span for span in kept if span not in [spans[n] for n in holders]]
        if droppable and chance.random() < 1 / 3:
            dropped = chance.choice(droppable)
            kept = [span for span in kept if span != dropped]
    return _window(row, kept, answer, ends, chance, answerable=row.answerable)


def _run(
    spans: list[tuple[int, int]],
    middle: int,
    chance: random.Random,
    holders: list[int] | None = None,
) -> list[tuple[int, int]]:
    """Consecutive sentences about a middle, up to a random number of tokens."""
    budget = chance.randint(_SHORTEST, _LONGEST)
    first, last = (min(holders), max(holders)) if holders else (middle, middle)
    while True:
        size = sum(end - start for start, end in spans[first : last + 1])
        before = spans[first - 1] if first else None
        after = spans[last + 1] if last + 1 < len(spans) else None
        choices = [
            side
            for side, span in ((-1, before), (1, after))
            if span and size + span[1] - span[0] <= budget
        ]
        if not choices:
            return spans[first : last + 1]
        if chance.choice(choices) < 0:
            first -= 1
        else:
            last += 1


def _window(
    row: Row,
    kept: list[tuple[int, int]],
    answer: tuple[int, int] | None,
    ends: tuple[int, int],
    chance: random.Random,
    *,
    answerable: bool,
) -> Window:
    begin, separate = ends
    head = [begin, *row.question, separate]
    title = row.title if chance.random() < 0.5 else []
    tokens, start, end = [*head, *title], 0, 0
    for first, last in kept:
        if answer and first <= answer[0] < last:
            start = len(tokens) + answer[0] - first
        if answer and first <= answer[1] < last:
            end = len(tokens) + answer[1] - first
        tokens += row.passage[first:last]
    tokens = [*tokens[:511], separate]
    if answerable and (answer is None or not 0 < start <= end < len(tokens) - 1):
        start = end = -1
    types = [0] * len(head) + [1] * (len(tokens) - len(head))
    return Window(tokens, types, start, end)
