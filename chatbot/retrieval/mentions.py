"""The documents whose text has certain words: "Which papers mention NATO?"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from chatbot.retrieval.passage_index import PassageIndex
from chatbot.types import Filters

# A word that more passages have is too common to tell documents apart.
_MOST_PASSAGES: Final = 5_000


def documents_with(words: str, index: PassageIndex[Any], filters: Filters) -> list[str]:
    """The ids of the admitted documents that have all the words, best matching first.

    A word counts in any of its forms. Empty if there are none, or if a word is too common.
    """
    allowed = index.allowed(filters)
    pieces = index.variants(words)
    terms = list(dict.fromkeys(term for piece in pieces for variant in piece for term in variant))
    frequency = sum(index.document_frequencies(terms))
    if not 0 < frequency <= _MOST_PASSAGES:
        return []
    # A passage counts for the one before it and the one after it, too.
    rows, _ = index.lexical_hits(dict.fromkeys(terms, 1.0), 3 * frequency, allowed)
    held: dict[str, set[str]] = {}
    for doc_id, flags in zip(index.owners(rows), index.held_terms(rows, terms), strict=True):
        places = np.flatnonzero(flags.any(axis=0)).tolist()
        held.setdefault(doc_id, set()).update(terms[place] for place in places)
    return [
        doc_id
        for doc_id, own in held.items()
        if all(any(own.issuperset(variant) for variant in piece) for piece in pieces)
    ]
