"""The ranking clues: one table for the ranking, the settings, the console and the page.

`CosineScale` makes the cosines of different models comparable.

To add a clue, add a field to `Clues` and a function of the same name to `retrieval.clue_scores`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Clue:
    """How one clue is weighted and shown.

    `stage` is when it enters the score: at the fusion of the arms, or after the evidence is known.
    A `ranked` clue is the score of an arm; the rank in that arm is `Why.NAME_rank`. `unit` is a
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
        """The name of the setting with its weight."""
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
    sentence or its title, and with its whole document. `lexical` is BM25 as a share of the highest
    score that the question allows.
    """

    dense: float = _clue(0.3, "weight of the cosine with the passage", "meaning", ranked=True)
    lexical: float = _clue(0.9, "weight of matching words", "words", unit="share", ranked=True)
    evidence: float = _clue(
        0.7, "weight of the cosine with the best sentence", "best sentence", stage="evidence"
    )
    document: float = _clue(0.4, "weight of the cosine with the document", "document")


@dataclass(frozen=True, slots=True)
class CosineScale:
    """Maps a model's cosines to the range of the bundled model's: `factor * (cosine - offset)`.

    There, unrelated texts are near 0 and the best passage is near .6. Weights, sentence choice
    and confidence then mean the same for every model.
    """

    factor: float = 1.0
    offset: float = 0.0

    def __call__(self, cosines: NDArray[np.float32]) -> NDArray[np.float32]:
        """The scaled cosines; with the default scale, the same array."""
        if self == UNSCALED:
            return cosines
        scaled: NDArray[np.float32] = self.factor * (cosines - self.offset)
        return scaled


UNSCALED: Final = CosineScale()

CLUES: Final = tuple(
    Clue(attribute.name, *attribute.metadata["clue"]) for attribute in fields(Clues)
)
