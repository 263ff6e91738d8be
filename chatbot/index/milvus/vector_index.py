"""The parameters of Milvus's approximate indexes over vectors; AUTOINDEX and FLAT have none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Of the graph and of the cells, as Milvus's documentation proposes.
PARAMETERS: Final[Mapping[str, Mapping[str, int]]] = {
    "HNSW": {"M": 16, "efConstruction": 200},
    "IVF_FLAT": {"nlist": 1_024},
}
_LEAST_CANDIDATES: Final = 128
_CELLS: Final = 32


def effort(kind: str, limit: int) -> dict[str, int]:
    """How far an index of this type has to search for so many hits."""
    match kind:
        case "HNSW":
            # It needs at least as many candidates as hits.
            return {"ef": max(2 * limit, _LEAST_CANDIDATES)}
        case "IVF_FLAT":
            return {"nprobe": _CELLS}
        case _:
            return {}
