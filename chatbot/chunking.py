"""Document -> passages: whole sentences, packed up to a budget, never across a heading.

Nor do they go across page furniture, which they would have to quote.

Laws: `document.text[passage.span] == passage.text`; every sentence outside headings lies in
exactly one passage; a heading with nothing under it is a passage itself, so that no word is
lost. Sizes are in tokens of the embedding model.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from chatbot.text.sentences import sentence_spans
from chatbot.types import Block, Document, Passage, Span

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_LIST_LIKE = frozenset({"item", "row"})
# Prices of a cut, in units of an empty passage: a paragraph is parted more readily than a list
# from the line that introduces it.
_WITHIN_BLOCK = 0.05
_PART_FROM_LEAD = 1.0


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its cost; `lead` is what introduces the list or table it belongs to."""

    span: Span
    tokens: int
    lead: Span | None
    starts_block: bool


@dataclass(frozen=True, slots=True)
class _Section:
    path: tuple[str, ...]
    blocks: tuple[Block, ...]


def chunk(document: Document, *, count_tokens: CountTokens, budget: int) -> tuple[Passage, ...]:
    """Cut a document into passages of at most `budget` tokens each.

    Within a section the passages are of about equal size, so that none is a mere remainder. A
    sentence longer than the budget is cut at white space.
    """
    passages: list[Passage] = []
    for section, group in _groups(document, count_tokens, budget):
        span = Span(group[0].span.start, group[-1].span.end)
        passages.append(
            Passage(
                passage_id=f"{document.doc_id}#{len(passages)}",
                doc_id=document.doc_id,
                ordinal=len(passages),
                text=span.of(document.text),
                span=span,
                section=section.path,
                sentences=tuple(sentence.span for sentence in group),
                pages=_pages(document, span),
                lead=group[0].lead,
            )
        )
    return tuple(passages)


def _groups(
    document: Document, count_tokens: CountTokens, budget: int
) -> Iterator[tuple[_Section, Sequence[_Sentence]]]:
    """The sentences of each passage, with the section they stand in."""
    furniture = [piece.span.start for piece in document.furniture]
    for section in _sections(document):
        sentences = _sentences(document, section.blocks, count_tokens, budget)
        for _, run in groupby(sentences, lambda sentence: bisect(furniture, sentence.span.start)):
            for group in _pack([*run], budget):
                yield section, group


def _sections(document: Document) -> Iterator[_Section]:
    """The runs of blocks between headings, each under its path of headings."""
    path: list[Block] = []
    body: list[Block] = []

    def section() -> Iterator[_Section]:
        if body:
            names = [head.span.of(document.text) for head in path]
            # The title at the head of a text names the document, not a section of it.
            yield _Section(tuple(names[names[:1] == [document.title] :]), tuple(body))

    for place, block in enumerate(document.blocks):
        if block.kind != "heading":
            body.append(block)
            continue
        yield from section()
        body.clear()
        path = [head for head in path if head.level < block.level]
        following = document.blocks[place + 1 : place + 2]
        if not following or (following[0].kind == "heading" and following[0].level <= block.level):
            body.append(block)
        else:
            path.append(block)
    yield from section()


def _sentences(
    document: Document, blocks: Sequence[Block], count_tokens: CountTokens, budget: int
) -> list[_Sentence]:
    found: list[tuple[Span, Span | None, bool]] = []
    lead: Span | None = None
    for block in blocks:
        spans = (
            (block.span,)
            if block.kind in ("row", "header_row")
            else sentence_spans(document.text, block.span)
        )
        if block.kind == "header_row":
            lead = block.span
        elif block.kind not in _LIST_LIKE:
            lead = spans[-1] if spans and spans[-1].of(document.text).endswith(":") else None
        introduced = lead if block.kind in _LIST_LIKE else None
        found += [(span, introduced, place == 0) for place, span in enumerate(spans)]
    counts = count_tokens([span.of(document.text) for span, _, _ in found])
    sentences: list[_Sentence] = []
    for (span, lead, starts), tokens in zip(found, counts, strict=True):
        pieces = [span] if tokens <= budget else _cut(document.text, span, tokens, budget)
        costs = (
            [tokens] if len(pieces) == 1 else count_tokens([p.of(document.text) for p in pieces])
        )
        for place, (piece, cost) in enumerate(zip(pieces, costs, strict=True)):
            sentences.append(_Sentence(piece, cost, lead, starts and place == 0))
    return sentences


def _cut(text: str, span: Span, tokens: int, budget: int) -> list[Span]:
    """A sentence longer than the budget in about equal pieces, cut at white space if it has any.

    Cutting by characters is enough: the encoder truncates what is still too long, and the words
    stay whole.
    """
    size = math.ceil((span.end - span.start) / math.ceil(tokens / budget))
    pieces: list[Span] = []
    start = span.start
    while span.end - start > size:
        space = text.rfind(" ", start + 1, start + size)
        end = space + 1 if space > start else start + size
        pieces.append(Span(start, start + len(text[start:end].rstrip())))
        start = end
    return [*pieces, Span(start, span.end)]


def _pack(sentences: Sequence[_Sentence], budget: int) -> Iterator[Sequence[_Sentence]]:
    """Groups within the budget that leave the least room unused, squared and summed.

    The optimum over all ways to cut (Knuth and Plass, "Breaking paragraphs into lines", 1981):
    squaring prefers even sizes to one full passage and a remainder.
    """
    best = [0.0] + [math.inf] * len(sentences)
    cut = [0] * (len(sentences) + 1)
    for end in range(1, len(sentences) + 1):
        size = 0
        for start in range(end - 1, -1, -1):
            size += sentences[start].tokens
            if size > budget and start < end - 1:
                break
            cost = best[start] + max(0.0, 1 - size / budget) ** 2 + _break_cost(sentences, start)
            if cost < best[end]:
                best[end], cut[end] = cost, start
    ends = [len(sentences)]
    while ends[-1]:
        ends.append(cut[ends[-1]])
    ends.reverse()
    for start, end in pairwise(ends):
        yield sentences[start:end]


def _break_cost(sentences: Sequence[_Sentence], start: int) -> float:
    """What a cut before this sentence costs beside the room it leaves unused."""
    if start == 0:
        return 0.0
    after, before = sentences[start], sentences[start - 1]
    if after.lead == before.span:
        return _PART_FROM_LEAD
    return 0.0 if after.starts_block else _WITHIN_BLOCK


def _pages(document: Document, span: Span) -> tuple[int, ...]:
    """The 1-based numbers of the pages that a span touches."""
    return tuple(
        number
        for number, page in enumerate(document.pages, start=1)
        if max(page.start, span.start) < min(page.end, span.end)
    )
