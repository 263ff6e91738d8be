"""Document -> passages: whole sentences, packed into a token budget.

A passage never crosses a heading or page furniture. Invariants: `document.text[passage.span] ==
passage.text`; every sentence outside headings lies in exactly one passage; a heading without text
under it becomes a passage, so no word is lost. Sizes are in tokens of the embedding model.
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
# The cost of a break, relative to that of an empty passage: splitting a paragraph is cheap,
# separating a list from its introducing line isn't.
_WITHIN_BLOCK = 0.05
_AFTER_LEAD = 1.0


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its token count; `lead` introduces the list or table it belongs to."""

    span: Span
    tokens: int
    lead: Span | None
    starts_block: bool


@dataclass(frozen=True, slots=True)
class _Section:
    path: tuple[str, ...]
    blocks: tuple[Block, ...]


def chunk(document: Document, *, count_tokens: CountTokens, budget: int) -> tuple[Passage, ...]:
    """Cut a document into passages of at most `budget` tokens.

    The passages of a section have about equal size. A sentence longer than the budget is cut at
    white space.
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
    """The sentences of each passage, with their section."""
    furniture = [piece.span.start for piece in document.furniture]
    for section in _sections(document):
        sentences = _sentences(document, section.blocks, count_tokens, budget)
        for _, run in groupby(sentences, lambda sentence: bisect(furniture, sentence.span.start)):
            for group in _pack([*run], budget):
                yield section, group


def _sections(document: Document) -> Iterator[_Section]:
    """The runs of blocks between headings, with the path of headings above them."""
    path: list[Block] = []
    body: list[Block] = []

    def section() -> Iterator[_Section]:
        if body:
            names = [head.span.of(document.text) for head in path]
            # A title at the top of the text names the document, not a section.
            yield _Section(tuple(names[names[:1] == [document.title] :]), tuple(body))

    for number, block in enumerate(document.blocks):
        if block.kind != "heading":
            body.append(block)
            continue
        yield from section()
        body.clear()
        path = [head for head in path if head.level < block.level]
        following = document.blocks[number + 1 : number + 2]
        if not following or (following[0].kind == "heading" and following[0].level <= block.level):
            body.append(block)
        else:
            path.append(block)
    yield from section()


def _sentences(
    document: Document, blocks: Sequence[Block], count_tokens: CountTokens, budget: int
) -> list[_Sentence]:
    spans_with_lead: list[tuple[Span, Span | None, bool]] = []
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
        block_lead = lead if block.kind in _LIST_LIKE else None
        spans_with_lead += [(span, block_lead, number == 0) for number, span in enumerate(spans)]
    counts = count_tokens([span.of(document.text) for span, _, _ in spans_with_lead])
    sentences: list[_Sentence] = []
    for (span, lead, starts_block), tokens in zip(spans_with_lead, counts, strict=True):
        pieces = [span] if tokens <= budget else _cut(document.text, span, tokens, budget)
        sizes = (
            [tokens] if len(pieces) == 1 else count_tokens([p.of(document.text) for p in pieces])
        )
        for number, (piece, size) in enumerate(zip(pieces, sizes, strict=True)):
            sentences.append(_Sentence(piece, size, lead, starts_block and number == 0))
    return sentences


def _cut(text: str, span: Span, tokens: int, budget: int) -> list[Span]:
    """Cut a sentence longer than the budget into about equal pieces, at white space if possible.

    Measuring in characters is enough: the encoder truncates a piece that is still too long.
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
    """Group sentences so that the sum of the squared unused budgets is minimal.

    The optimum over all groupings (Knuth and Plass, "Breaking paragraphs into lines", 1981).
    Squaring prefers even sizes to one full passage and a remainder.
    """
    costs = [0.0] + [math.inf] * len(sentences)
    cut = [0] * (len(sentences) + 1)
    for end in range(1, len(sentences) + 1):
        size = 0
        for start in range(end - 1, -1, -1):
            size += sentences[start].tokens
            if size > budget and start < end - 1:
                break
            cost = costs[start] + max(0.0, 1 - size / budget) ** 2 + _break_cost(sentences, start)
            if cost < costs[end]:
                costs[end], cut[end] = cost, start
    ends = [len(sentences)]
    while ends[-1]:
        ends.append(cut[ends[-1]])
    ends.reverse()
    for start, end in pairwise(ends):
        yield sentences[start:end]


def _break_cost(sentences: Sequence[_Sentence], start: int) -> float:
    """The cost of a break before this sentence, in addition to the unused budget."""
    if start == 0:
        return 0.0
    sentence, previous = sentences[start], sentences[start - 1]
    if sentence.lead == previous.span:
        return _AFTER_LEAD
    return 0.0 if sentence.starts_block else _WITHIN_BLOCK


def _pages(document: Document, span: Span) -> tuple[int, ...]:
    """The numbers of the pages that a span touches, counted from 1."""
    return tuple(
        number
        for number, page in enumerate(document.pages, start=1)
        if max(page.start, span.start) < min(page.end, span.end)
    )
