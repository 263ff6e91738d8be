"""The ranking clues: the one table that ranking, settings, the console and the page iterate over.

To add a clue, add a field to `Clues` and a function of the same name to `retrieval.clue_scores`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal


@dataclass(frozen=True, slots=True)
class Clue:
    """How one clue is weighted and shown.

    `stage` says when it enters the score: a document's rank before the evidence is part of its
    trace. `ranked` clues are the score of an arm and have a rank, `Why.NAME_rank`. `unit` is a
    cosine, or a share of the best possible score.
    """

    name: str
    weight: float
    description: str
    label: str
    unit: Literal["cosine", "share"]
    stage: Literal["fusion", "evidence"]
    ranked: bool

    @property
    def setting(self) -> str:
        """The setting that holds its weight."""
        return f"{self.name}_weight"


def _clue(
    weight: float,
    description: str,
    label: str,
    *,
    unit: Literal["cosine", "share"] = "cosine",
    stage: Literal["fusion", "evidence"] = "fusion",
    ranked: bool = False,
) -> Any:
    details = (weight, description, label, unit, stage, ranked)
    return field(metadata={"clue": details})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """The value of each clue for one passage.

    `dense`, `evidence` and `document` are cosines of the question with the passage, with its best
    sentence or its title, and with its whole document. `lexical` is BM25 as a share of the best
    that the question could score.
    """

    dense: float = _clue(0.3, "weight of the passage's cosine", "meaning", ranked=True)
    lexical: float = _clue(0.9, "weight of the words in common", "words", unit="share", ranked=True)
    evidence: float = _clue(
        0.7, "weight of the best sentence's cosine", "best sentence", stage="evidence"
    )
    document: float = _clue(0.4, "weight of the document's cosine", "document")


CLUES: Final = tuple(Clue(field.name, *field.metadata["clue"]) for field in fields(Clues))
