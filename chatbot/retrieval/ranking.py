"""From candidates to citations: what people see of a ranking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from chatbot.retrieval.candidates import Candidates
from chatbot.retrieval.evidence import best_sentence, sentence_text
from chatbot.retrieval.folding import Card, cards
from chatbot.retrieval.passage_index import PassageIndex
from chatbot.retrieval.query import Query
from chatbot.types import Citation, DocumentSummary, Passage, Span

# Further sections shown under a card, and passages fetched at a time to fill the cards.
_FURTHER: Final = 3
_PAGE: Final = 16


@dataclass(frozen=True, slots=True)
class Ranking:
    """A query with its candidates, ready to be cited from; `build` names the index."""

    query: Query
    candidates: Candidates
    index: PassageIndex[Any]
    build: str

    def passages(self) -> Iterator[tuple[int, Passage]]:
        """The passages, best first, each with its place; fetched as they are asked for."""
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
        """The first `top_k` passages as they are ranked."""
        return self._cite(
            Card(place, passage)
            for (place, passage), _ in zip(self.passages(), range(top_k), strict=False)
        )

    def cards(self, top_k: int) -> tuple[Citation, ...]:
        """The first `top_k` documents, one card each, repetitions folded."""
        return self._cite(cards(self.passages(), top_k=top_k, further=_FURTHER))

    def _cite(self, found: Iterator[Card] | list[Card]) -> tuple[Citation, ...]:
        chosen = list(found)
        passages = dict(each for card in chosen for each in _all_of(card))
        named = [passage.doc_id for passage in passages.values()]
        ids = list(dict.fromkeys([*named, *(each for card in chosen for each in card.also_in)]))
        owners = dict(zip(ids, self.index.summaries(ids), strict=True))
        spans = self._evidence(passages, owners)
        return tuple(
            replace(
                self._citation(marker, card.place, card.passage, owners, spans),
                also_in=tuple(_newest_first(card.also_in, owners)),
                further=tuple(
                    self._citation(marker, place, passage, owners, spans)
                    for place, passage in card.further
                ),
            )
            for marker, card in enumerate(chosen, start=1)
        )

    def _evidence(
        self, passages: Mapping[int, Passage], owners: Mapping[str, DocumentSummary]
    ) -> dict[int, Span]:
        """The sentence of each passage that answers; both by their place in the ranking."""
        weights = self.query.weights
        held = self.index.held_terms(self.candidates.rows[[*passages]], [*weights])
        spans = {}
        for (place, passage), flags in zip(passages.items(), held, strict=True):
            first = self.candidates.first_sentence[place]
            cosines = self.candidates.sentences[first : first + len(passage.sentences)]
            above = self.index.terms(" ".join([owners[passage.doc_id].title, *passage.section]))
            spans[place] = best_sentence(passage, cosines, flags, weights, above)
        return spans

    def _citation(
        self,
        marker: int,
        place: int,
        passage: Passage,
        owners: Mapping[str, DocumentSummary],
        spans: Mapping[int, Span],
    ) -> Citation:
        owner, span = owners[passage.doc_id], spans[place]
        words = sentence_text(passage, span)
        address = {"span": f"{span.start}-{span.end}", "build": self.build}
        return Citation(
            marker=marker,
            doc_id=owner.doc_id,
            title=owner.title,
            source=owner.source,
            section=passage.section,
            pages=passage.pages or None,
            span=span,
            quote=words,
            passage=passage,
            score=float(self.candidates.score[place]),
            why=self.candidates.why(place),
            url=f"{source_path(owner.doc_id, address)}#evidence",
            metadata=owner.metadata,
            verified=self.index.holds(owner.doc_id, span, words),
        )


def source_path(doc_id: str, address: Mapping[str, str] | None = None) -> str:
    """The path of the source viewer for a document, with a place in it.

    Browsers and proxies resolve the steps `.` and `..` of a path, even encoded ones. An id that
    has any goes where nobody does.
    """
    values = dict(address or {})
    path = f"/source/{quote(doc_id)}"
    if not {".", "..", ""}.isdisjoint(doc_id.split("/")):
        path, values = "/source/", {"document": doc_id, **values}
    return f"{path}?{urlencode(values)}" if values else path


def _newest_first(doc_ids: list[str], owners: dict[str, DocumentSummary]) -> list[str]:
    """By date as ISO text; those without one last, and equal ones as they were ranked."""
    return sorted(doc_ids, key=lambda each: owners[each].metadata.date or "", reverse=True)


def _all_of(card: Card) -> list[tuple[int, Passage]]:
    return [(card.place, card.passage), *card.further]
