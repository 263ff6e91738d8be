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

from chatbot.text.code_lines import code_spans
from chatbot.text.sentences import sentence_spans
from chatbot.types import Block, Document, Lead, Passage, Span

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_BATCH_CHARACTERS = 1_000_000
# Each row has the header rows above it, so that a table of header rows only would take memory with
# the square of its length.
_MOST_HEADER_ROWS = 8
_LIST_LIKE = frozenset({"item", "row"})
_ROWS = frozenset({"row", "header_row"})
_COLONS = (":", "：")
# The cost of a break, relative to that of an empty passage: splitting a paragraph is cheap,
# separating a list or an example from the line that announces it isn't.
_WITHIN_BLOCK = 0.05
_AFTER_LEAD = 1.0


class TooManyPassages(Exception):
    """The document has more passages than allowed."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its token count; `lead` introduces the list or table it belongs to.

    One that `announces` ends with a colon.
    """

    span: Span
    tokens: int
    lead: tuple[Span, ...]
    starts_block: bool
    is_head: bool
    announces: bool


@dataclass(frozen=True, slots=True)
class _Section:
    path: tuple[str, ...]
    blocks: tuple[Block, ...]


def chunk(
    document: Document, *, count_tokens: CountTokens, budget: int, most: int | None = None
) -> tuple[Passage, ...]:
    """Cut a document into passages of at most `budget` tokens.

    The passages of a section have about equal size. A sentence longer than the budget is cut at
    white space. Raises TooManyPassages for more than `most` passages.
    """
    passages: list[Passage] = []
    page_ends = [page.end for page in document.pages]
    for section, group in _groups(document, count_tokens, budget):
        if len(passages) == most:
            raise TooManyPassages
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
                pages=_pages(document, page_ends, span),
                lead=tuple(Lead(lead, lead.of(document.text)) for lead in group[0].lead),
                heads=tuple(sentence.span for sentence in group if sentence.is_head),
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
    spans_with_lead: list[tuple[Span, tuple[Span, ...], bool, bool]] = []
    leads = _Leads()
    for block in blocks:
        spans = _spans(document.text, block)
        block_lead = leads.before(block, document.text, spans)
        is_head = block.kind == "header_row"
        spans_with_lead += [
            (span, block_lead, number == 0, is_head) for number, span in enumerate(spans)
        ]
    counts = _counts(document.text, [span for span, *_ in spans_with_lead], count_tokens)
    sentences: list[_Sentence] = []
    for (span, lead, starts_block, is_head), tokens in zip(spans_with_lead, counts, strict=True):
        pieces = [span] if tokens <= budget else _cut(document.text, span, tokens, budget)
        sizes = [tokens] if len(pieces) == 1 else _counts(document.text, pieces, count_tokens)
        for number, (piece, size) in enumerate(zip(pieces, sizes, strict=True)):
            begins = starts_block and number == 0
            announces = document.text.endswith(_COLONS, piece.start, piece.end)
            sentences.append(_Sentence(piece, size, lead, begins, is_head, announces))
    return sentences


def _spans(text: str, block: Block) -> tuple[Span, ...]:
    """What can be quoted of a block: a whole row, pieces of code, or else sentences."""
    if block.kind in _ROWS:
        return (block.span,)
    return (code_spans if block.kind == "code" else sentence_spans)(text, block.span)


def _counts(text: str, spans: Sequence[Span], count_tokens: CountTokens) -> list[int]:
    """The number of tokens of each span; batches, because counting needs memory for every token."""
    counts: list[int] = []
    batch: list[str] = []
    characters = 0
    for span in spans:
        batch.append(span.of(text))
        characters += len(batch[-1])
        if characters > _BATCH_CHARACTERS:
            counts += count_tokens(batch)
            batch, characters = [], 0
    return [*counts, *(count_tokens(batch) if batch else ())]


class _Leads:
    """The lines that the next block needs: header rows of its table, or the line before its list.

    Header rows that follow each other belong together. One at level 1 heads the rows up to the
    next one, and those above it still name the columns. After a row, a blank line ends the table.
    """

    def __init__(self) -> None:
        self._line: Span | None = None
        self._names: tuple[Span, ...] = ()
        self._group: Span | None = None
        self._named = False
        self._after_row = False

    def before(self, block: Block, text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
        """The lead of a block; the block may change the lead of those after it."""
        if self._after_row and block.kind in _ROWS and block.span.follows_blank_line(text):
            self._names, self._group = (), None  # another table begins
        self._after_row = block.kind == "row"
        if block.kind == "header_row":
            self._line = None
            if block.level:
                lead, self._group, self._named = self._names, block.span, False
                return lead
            names = self._names if self._named else ()
            self._names = (*names, block.span)[-_MOST_HEADER_ROWS:]
            self._group, self._named = None, True
            return names
        self._named = False
        if block.kind not in _LIST_LIKE:
            ends = spans[-1] if spans and spans[-1].of(text).endswith(_COLONS) else None
            self._line, self._names, self._group = ends, (), None
            return ()
        return tuple(filter(None, (self._line, *self._names, self._group)))


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
            # Without tokens, too, a sentence takes room; otherwise this loop could go on for ever.
            size += max(1, sentences[start].tokens)
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
    if previous.announces or (sentence.lead and sentence.lead[-1] == previous.span):
        return _AFTER_LEAD
    return 0.0 if sentence.starts_block else _WITHIN_BLOCK


def _pages(document: Document, ends: Sequence[int], span: Span) -> tuple[int, ...]:
    """The numbers of the pages that a span touches, counted from 1; `ends` has their ends."""
    first, last = bisect(ends, span.start), bisect(ends, span.end - 1)
    return tuple(
        number
        for number, page in enumerate(document.pages[first : last + 1], start=first + 1)
        if max(page.start, span.start) < min(page.end, span.end)
    )
