"""Turns ranked candidates into citations and cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from statistics import fmean
from typing import Any, Final

import numpy as np

from chatbot.addresses import document_address
from chatbot.answers import LOWEST, Citation, LinkedDocument, SentenceReading
from chatbot.retrieval.answer_words import answer_words
from chatbot.retrieval.candidates import Candidates
from chatbot.retrieval.evidence import sentence_scores, sentence_share, sentence_text
from chatbot.retrieval.folding import Card, cards
from chatbot.retrieval.lists import may_answer, quoted
from chatbot.retrieval.passage_index import Flags, PassageIndex, Scores
from chatbot.retrieval.query import Query
from chatbot.types import DocumentSummary, Passage, Span

# Further passages shown under a card.
_FURTHER: Final = 3
# Documents that the first one is compared with.
_NEXT: Final = 5
# Passages fetched at a time to fill the cards.
_PAGE: Final = 16


@dataclass(frozen=True, slots=True)
class Ranking:
    """A query with its ranked candidates, ready to be cited; `build` names the index.

    `readings` has the answer reader's readings of sentences, by passage row and by the number of
    the sentence in its passage.
    """

    query: Query
    candidates: Candidates
    index: PassageIndex[Any]
    build: str
    readings: Mapping[int, Mapping[int, SentenceReading]] = field(default_factory=dict)

    def passages(self) -> Iterator[tuple[int, Passage]]:
        """The passages with their positions, best first; fetched a page at a time."""
        for first in range(0, len(self.candidates), _PAGE):
            rows = self.candidates.rows[first : first + _PAGE].tolist()
            yield from enumerate(self.index.passages(rows), start=first)

    def leading(self, count: int) -> Sequence[Passage]:
        """The first passages, fetched at once."""
        return self.index.passages(self.candidates.rows[:count].tolist())

    def documents(self, limit: int) -> tuple[tuple[str, float], ...]:
        """The first documents with the score of their best passage, best first."""
        return self._first_of_documents(self.candidates.score, limit)

    @property
    def lead(self) -> float | None:
        """How far the first document is ahead of the mean of the next five; None if it is alone.

        Scores are those of `Why.together`.
        """
        documents = self._first_of_documents(self.candidates.together, 1 + _NEXT)
        first, *others = (score for _, score in documents)
        return first - fmean(others) if others else None

    def _first_of_documents(self, scores: Scores, limit: int) -> tuple[tuple[str, float], ...]:
        """The first documents with the score of their first passage."""
        best: dict[str, float] = {}
        owners = self.index.owners(self.candidates.rows)
        for doc_id, score in zip(owners, scores.tolist(), strict=True):
            best.setdefault(doc_id, score)
        return tuple(best.items())[:limit]

    def citations(self, top_k: int) -> tuple[Citation, ...]:
        """The first `top_k` passages, not folded."""
        passages = islice(self.passages(), top_k)
        return self._cite([Card(position, passage) for position, passage in passages])

    def cards(self, top_k: int) -> tuple[Citation, ...]:
        """The first `top_k` documents, one card each, with repetitions folded."""
        return self._cite(cards(self.passages(), top_k=top_k, further=_FURTHER))

    def answered_first(
        self,
        found: Mapping[int, Mapping[int, SentenceReading]],
        log_odds: Mapping[int, float],
    ) -> Ranking:
        """The ranking with the passages at some positions moved first, in their order.

        They get the score of the first passage. `found` has the readings of their sentences that
        answer. `log_odds` replaces what the reader said of a passage, by its position,
        for the confidence.
        """
        readings, reader = dict(self.readings), self.candidates.reader.copy()
        others = np.ones(len(self.candidates), bool)
        for position, sentences in found.items():
            row = int(self.candidates.rows[position])
            readings[row] = {**readings.get(row, {}), **sentences}
            others[position] = False
        reader[[*log_odds]] = [*log_odds.values()]
        moved = replace(self.candidates, reader=reader).moved(np.argsort(others, kind="stable"))
        return replace(self, candidates=moved, readings=readings)

    def cite(self, position: int, passage: Passage, number: int) -> Citation:
        """A citation of one sentence of the passage at this position."""
        (owner,) = self.index.summaries([passage.doc_id])
        spans = {position: passage.sentences[number]}
        return self._citation(1, position, passage, {passage.doc_id: owner}, spans)

    def _cite(self, chosen: Sequence[Card]) -> tuple[Citation, ...]:
        passages = dict(pair for card in chosen for pair in _passages_of(card))
        doc_ids = [passage.doc_id for passage in passages.values()]
        twins = [doc_id for card in chosen for doc_id in card.also_in]
        ids = list(dict.fromkeys([*doc_ids, *twins]))
        owners = dict(zip(ids, self.index.summaries(ids), strict=True))
        spans = {
            position: quoted(passages[position], int(np.argmax(scores)), self.query.text)
            for position, scores in self.sentence_scores(passages, owners).items()
        }
        newest = self._newest([card.passage.doc_id for card in chosen])
        self.index.read_ahead(doc_ids)
        return tuple(
            replace(
                self._citation(marker, card.position, card.passage, owners, spans),
                newest=newest.get(card.passage.doc_id),
                also_in=tuple(_newest_first(card.also_in, owners)),
                further=tuple(
                    self._citation(marker, position, passage, owners, spans)
                    for position, passage in card.further
                ),
            )
            for marker, card in enumerate(chosen, start=1)
        )

    def _newest(self, doc_ids: Sequence[str]) -> dict[str, LinkedDocument]:
        """The newest version of each document that has a newer one."""
        newer = self.index.newer_versions([*dict.fromkeys(doc_ids)])
        newest = self.index.summaries([versions[0] for versions in newer.values()])
        return {
            doc_id: LinkedDocument(
                document, document_address("source", document.doc_id, build=self.build)
            )
            for doc_id, document in zip(newer, newest, strict=True)
        }

    def sentence_scores(
        self, passages: Mapping[int, Passage], owners: Mapping[str, DocumentSummary]
    ) -> dict[int, Scores]:
        """How well each passage's sentences match, `(sentences,)`, by the passage's position."""
        weights = self.query.weights
        held_terms = self.index.held_terms(self.candidates.rows[[*passages]], [*weights])
        scores = {}
        for (position, passage), flags in zip(passages.items(), held_terms, strict=True):
            first = self.candidates.first_sentence[position]
            cosines = self.candidates.sentences[first : first + len(passage.sentences)]
            context = " ".join([owners[passage.doc_id].title, *passage.section])
            context_terms = self.index.terms(context)
            shares = self._shares(position, passage)
            statements = np.array([may_answer(passage, n) for n in range(len(passage.sentences))])
            preferred = self._preferred(passage)
            scores[position] = sentence_scores(
                cosines, flags, weights, context_terms, statements, shares, preferred
            )
        return scores

    def _preferred(self, passage: Passage) -> Flags | None:
        """Which sentences are in the range that the question asks for, if it asks for one."""
        asked = self.query.asked_range
        if asked is None:
            return None
        return np.array([asked.has(sentence_text(passage, span)) for span in passage.sentences])

    def _shares(self, position: int, passage: Passage) -> Scores | None:
        """How surely each sentence answers, `(sentences,)`; None if the passage wasn't read."""
        readings = self.readings.get(int(self.candidates.rows[position]))
        if readings is None:
            return None
        log_odds = np.full(len(passage.sentences), LOWEST, np.float32)
        for number, reading in readings.items():
            log_odds[number] = reading.score
        return sentence_share(log_odds)

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
            media_type=owner.media_type,
            metadata=owner.metadata,
            verified=self.index.holds(owner.doc_id, span, quote),
            answer=self._answer(position, passage, span),
        )

    def _answer(self, position: int, passage: Passage, quote: Span) -> Span | None:
        """The words of a quoted sentence that answer; None for a list or if none are sure."""
        readings = self.readings.get(int(self.candidates.rows[position]), {})
        for number, reading in readings.items():
            sentence = passage.sentences[number]
            if sentence == quote:
                text = sentence_text(passage, sentence)
                place = answer_words(self.query.text, text, reading, self.index.terms)
                return place and Span(sentence.start + place.start, sentence.start + place.end)
        return None


def _newest_first(doc_ids: list[str], owners: Mapping[str, DocumentSummary]) -> list[str]:
    """Newest first by ISO date, undated documents last; equal dates keep their ranking."""
    return sorted(doc_ids, key=lambda doc_id: owners[doc_id].metadata.date or "", reverse=True)


def _passages_of(card: Card) -> list[tuple[int, Passage]]:
    return [(card.position, card.passage), *card.further]
