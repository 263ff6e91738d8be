"""Turns ranked candidates into citations and cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Final

from chatbot.addresses import document_address
from chatbot.retrieval.candidates import Candidates
from chatbot.retrieval.evidence import best_sentence, sentence_text
from chatbot.retrieval.folding import Card, cards
from chatbot.retrieval.passage_index import PassageIndex
from chatbot.retrieval.query import Query
from chatbot.types import Citation, DocumentSummary, Passage, Span

# Further passages shown under a card.
_FURTHER: Final = 3
# Passages fetched at a time to fill the cards.
_PAGE: Final = 16


@dataclass(frozen=True, slots=True)
class Ranking:
    """A query with its ranked candidates, ready to be cited; `build` names the index."""

    query: Query
    candidates: Candidates
    index: PassageIndex[Any]
    build: str

    def passages(self) -> Iterator[tuple[int, Passage]]:
        """The passages with their positions, best first; fetched a page at a time."""
        for first in range(0, len(self.candidates), _PAGE):
            rows = self.candidates.rows[first : first + _PAGE].tolist()
            yield from enumerate(self.index.passages(rows), start=first)

    def documents(self, limit: int) -> tuple[tuple[str, float], ...]:
        """The first documents with the score of their best passage, best first."""
        best: dict[str, float] = {}
        owners = self.index.owners(self.candidates.rows)
        for doc_id, score in zip(owners, self.candidates.score.tolist(), strict=True):
            best.setdefault(doc_id, score)
        return tuple(best.items())[:limit]

    def citations(self, top_k: int) -> tuple[Citation, ...]:
        """The first `top_k` passages, not folded."""
        passages = islice(self.passages(), top_k)
        return self._cite([Card(position, passage) for position, passage in passages])

    def cards(self, top_k: int) -> tuple[Citation, ...]:
        """The first `top_k` documents, one card each, with repetitions folded."""
        return self._cite(cards(self.passages(), top_k=top_k, further=_FURTHER))

    def _cite(self, chosen: Sequence[Card]) -> tuple[Citation, ...]:
        passages = dict(pair for card in chosen for pair in _passages_of(card))
        doc_ids = [passage.doc_id for passage in passages.values()]
        twins = [doc_id for card in chosen for doc_id in card.also_in]
        ids = list(dict.fromkeys([*doc_ids, *twins]))
        owners = dict(zip(ids, self.index.summaries(ids), strict=True))
        spans = self._evidence(passages, owners)
        return tuple(
            replace(
                self._citation(marker, card.position, card.passage, owners, spans),
                also_in=tuple(_newest_first(card.also_in, owners)),
                further=tuple(
                    self._citation(marker, position, passage, owners, spans)
                    for position, passage in card.further
                ),
            )
            for marker, card in enumerate(chosen, start=1)
        )

    def _evidence(
        self, passages: Mapping[int, Passage], owners: Mapping[str, DocumentSummary]
    ) -> dict[int, Span]:
        """The best-matching sentence of each passage, by the passage's position."""
        weights = self.query.weights
        held_terms = self.index.held_terms(self.candidates.rows[[*passages]], [*weights])
        spans = {}
        for (position, passage), flags in zip(passages.items(), held_terms, strict=True):
            first = self.candidates.first_sentence[position]
            cosines = self.candidates.sentences[first : first + len(passage.sentences)]
            context = " ".join([owners[passage.doc_id].title, *passage.section])
            context_terms = self.index.terms(context)
            spans[position] = best_sentence(passage, cosines, flags, weights, context_terms)
        return spans

    def _citation(
        self,
        marker: int,
        position: int,
        passage: Passage,
        owners: Mapping[str, DocumentSummary],
        spans: Mapping[int, Span],
    ) -> Citation:
        owner, span = owners[passage.doc_id], spans[position]
        quote = sentence_text(passage, span)
        offsets = f"{span.start}-{span.end}"
        address = document_address("source", owner.doc_id, span=offsets, build=self.build)
        return Citation(
            marker=marker,
            doc_id=owner.doc_id,
            title=owner.title,
            source=owner.source,
            section=passage.section,
            pages=passage.pages or None,
            span=span,
            quote=quote,
            passage=passage,
            score=float(self.candidates.score[position]),
            why=self.candidates.why(position),
            url=f"{address}#evidence",
            metadata=owner.metadata,
            verified=self.index.holds(owner.doc_id, span, quote),
        )


def _newest_first(doc_ids: list[str], owners: Mapping[str, DocumentSummary]) -> list[str]:
    """Newest first by ISO date, undated documents last; equal dates keep their ranking."""
    return sorted(doc_ids, key=lambda doc_id: owners[doc_id].metadata.date or "", reverse=True)


def _passages_of(card: Card) -> list[tuple[int, Passage]]:
    return [(card.position, card.passage), *card.further]
