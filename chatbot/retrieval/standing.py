"""The rank of one document at each stage of the read path, and the stage where it dropped out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatbot.answers import Answer
from chatbot.retrieval.passage_index import Rows
from chatbot.retrieval.ranking import Ranking

# The stages at which a document can drop out, in order; "" if it's shown.
DropOut = Literal["not found", "folded", "below the cards", "abstained", ""]


@dataclass(frozen=True, slots=True)
class Standing:
    """A document's rank among the documents at each stage, from 1, by its best passage.

    A rank is None if the document wasn't found. `fused` is the rank before the best sentences
    count, `evidence` the rank with them. `final` is the rank after the answer reader, the
    cross-encoder and the preference for the newest version. `card` is the marker of the card that
    shows the document or names it in `also_in`.
    """

    doc_id: str
    dense: int | None
    lexical: int | None
    fused: int | None
    evidence: int | None
    final: int | None
    card: int | None
    fell_out: DropOut


def document_standing(doc_id: str, answer: Answer, ranking: Ranking) -> Standing:
    """The standing of a document in an answer and the ranking behind it."""
    candidates = ranking.candidates
    owners = ranking.index.owners(candidates.rows)
    cards = answer.citations or answer.nearest
    own = next((card.marker for card in cards if card.doc_id == doc_id), None)
    twin = next((card.marker for card in cards if doc_id in card.also_in), None)
    fell_out: DropOut = ""
    if doc_id not in owners:
        fell_out = "not found"
    elif own is None:
        fell_out = "folded" if twin else "below the cards"
    elif answer.abstained:
        fell_out = "abstained"
    return Standing(
        doc_id=doc_id,
        dense=_rank(doc_id, owners, _arm_order(candidates.ranks["dense"])),
        lexical=_rank(doc_id, owners, _arm_order(candidates.ranks["lexical"])),
        fused=_rank(doc_id, owners, np.argsort(-candidates.fused, kind="stable")),
        evidence=_rank(doc_id, owners, np.lexsort((candidates.rows, -candidates.together))),
        final=_rank(doc_id, owners, np.arange(len(candidates))),
        card=own or twin,
        fell_out=fell_out,
    )


def _arm_order(ranks: Rows) -> Rows:
    """The positions of the candidates that an arm returned, in its order."""
    order = np.argsort(ranks, kind="stable")
    return order[ranks[order] > 0]


def _rank(doc_id: str, owners: Sequence[str], order: Rows) -> int | None:
    documents = dict.fromkeys(owners[position] for position in order)
    return next((rank for rank, owner in enumerate(documents, start=1) if owner == doc_id), None)
