"""Where one document stood at each stage of the read path, and where it fell out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chatbot.retrieval.passage_index import Rows
from chatbot.retrieval.ranking import Ranking
from chatbot.types import Answer

# The stages at which a document can fall out of an answer, in order; "" where it is shown.
Fate = Literal["not found", "folded", "below the cards", "abstained", ""]


@dataclass(frozen=True, slots=True)
class Standing:
    """Ranks of a document among the documents at each stage, from 1, each by its best passage.

    None where it was not there. `fused` is the rank without the evidence and `evidence` the one
    with it. `card` is the marker of the card that shows the document, or in whose `also_in` it
    is folded.
    """

    doc_id: str
    dense: int | None
    lexical: int | None
    fused: int | None
    evidence: int | None
    card: int | None
    fell_out: Fate


def standing(doc_id: str, answer: Answer, ranking: Ranking) -> Standing:
    """Where a document stood when this answer was made from this ranking."""
    candidates = ranking.candidates
    owners = ranking.index.owners(candidates.rows)
    shown = answer.citations or answer.nearest
    own = next((each.marker for each in shown if each.doc_id == doc_id), None)
    twin = next((each.marker for each in shown if doc_id in each.also_in), None)
    fate: Fate = ""
    if doc_id not in owners:
        fate = "not found"
    elif own is None:
        fate = "folded" if twin else "below the cards"
    elif answer.abstained:
        fate = "abstained"
    return Standing(
        doc_id=doc_id,
        dense=_rank(doc_id, owners, _from_top(candidates.dense_rank)),
        lexical=_rank(doc_id, owners, _from_top(candidates.lexical_rank)),
        fused=_rank(doc_id, owners, np.argsort(-candidates.fused, kind="stable")),
        evidence=_rank(doc_id, owners, np.lexsort((candidates.rows, -candidates.together))),
        card=own or twin,
        fell_out=fate,
    )


def _from_top(ranks: Rows) -> Rows:
    """The places of the candidates that an arm found, in its order."""
    order = np.argsort(ranks, kind="stable")
    return order[ranks[order] > 0]


def _rank(doc_id: str, owners: Sequence[str], order: Rows) -> int | None:
    documents = dict.fromkeys(owners[place] for place in order)
    return next((rank for rank, each in enumerate(documents, start=1) if each == doc_id), None)
