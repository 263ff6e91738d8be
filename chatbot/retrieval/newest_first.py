"""Moves the newest version of a document before older ones that answer the same.

If the question names a version or a year, that version comes first instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from chatbot.retrieval.evidence import passage_share
from chatbot.retrieval.folding import Shingles, containment
from chatbot.retrieval.ranking import Ranking
from chatbot.text.versions import Name, name_of
from chatbot.types import Passage

# The passages among which versions change places.
_PASSAGES: Final = 16
# Versions of a passage have at least this share of their runs of words in common.
_SAME_PLACE_FROM: Final = 0.3
# The reader must be this sure of a rewritten passage, as a share of how sure it is of the other.
_AS_SURE_FROM: Final = 0.8

# Whether the passage at the first position is of a version preferred to that at the second.
Preferred = Callable[[int, int], bool]


def newest_first(ranking: Ranking) -> Ranking:
    """The ranking with passages of the preferred versions moved before those of others.

    A passage moves before another version of itself, or before a passage of another version if the
    answer reader finds the answer in both. It takes the score of the passage before which it moves.
    """
    candidates, index = ranking.candidates, ranking.index
    rows = candidates.rows[:_PASSAGES]
    owners = index.owners(rows)
    preferred = _preferred(ranking, owners)
    if preferred is None:
        return ranking
    order = _order(ranking, index.passages(rows.tolist()), preferred)
    rest = np.arange(len(order), len(candidates))
    moved = candidates.moved(np.concatenate([np.array(order, np.int64), rest]))
    return replace(ranking, candidates=moved)


def _preferred(ranking: Ranking, owners: Sequence[str]) -> Preferred | None:
    """Which of two versions is preferred; None if there are no versions or no preference.

    `owners` has the id of the document of each passage.
    """
    ids = list(dict.fromkeys(owners))
    newer = ranking.index.newer_versions(ids)
    asked, asked_range = name_of(ranking.query.text), ranking.query.asked_range
    if not newer:
        return None
    if asked.date or asked.number:
        titles = {summary.doc_id: summary.title for summary in ranking.index.summaries(ids)}
        named = [_is_named(doc_id, titles[doc_id], asked) for doc_id in owners]

        def is_named(first: int, second: int) -> bool:
            own, other = owners[first], owners[second]
            are_versions = own in newer.get(other, ()) or other in newer.get(own, ())
            return are_versions and named[first] and not named[second]

        return is_named
    if asked_range is not None:
        return None
    return lambda first, second: owners[first] in newer.get(owners[second], ())


def _is_named(doc_id: str, title: str, asked: Name) -> bool:
    """Whether a file name or title has the version that the question names, or else the year."""
    names = name_of(PurePosixPath(doc_id).stem), name_of(title)
    if asked.number:
        return any(name.number == asked.number for name in names)
    return any(name.date[:1] == asked.date[:1] for name in names)


def _order(ranking: Ranking, passages: Sequence[Passage], preferred: Preferred) -> list[int]:
    """The positions of the passages in their new order."""
    texts = [Shingles(passage.text) for passage in passages]
    order: list[int] = []
    for position in range(len(passages)):
        places = (
            place
            for place, other in enumerate(order)
            if preferred(position, other) and _takes_over(ranking, texts, other, position)
        )
        order.insert(next(places, len(order)), position)
    return order


def _takes_over(ranking: Ranking, texts: Sequence[Shingles], first: int, second: int) -> bool:
    """Whether the second passage answers what the first one answers."""
    if containment(texts[first], texts[second]) >= _SAME_PLACE_FROM:
        return True
    readings = ranking.candidates.reader[[first, second]]
    if np.isnan(readings).any():
        return False
    shares = passage_share(readings)
    return bool(shares[1] >= _AS_SURE_FROM * shares[0])
