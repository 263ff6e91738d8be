"""The outline of a build: the folder that a server downloads, a small part of the whole.

It has a manifest with seals of its own, and is checked like every other build.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatbot.index import layout, rights
from chatbot.index.array_files import open_rows, save_rows
from chatbot.index.folder_build import FolderBuild
from chatbot.index.lexical.forward import CircleCounts
from chatbot.index.manifest import seal
from chatbot.index.milvus.slim_catalog import write_slim

_ENTITIES: Final = "entities.npy"
_GONE: Final = "gone.npy"
_WORDS: Final = "words.npy"
_UNCHANGED: Final = (
    layout.ROWS,
    layout.TITLES,
    layout.DOCUMENTS,
    rights.RULES,
    rights.NUMBERS,
)


class Entities(NamedTuple):
    """What a build sees in the collection of passages.

    `documents`, `(documents, 3)`, has the number of each document in this index, the number of the
    build that brought it, and the hash of its content. `gone` are documents that the same builds
    brought, and that this build doesn't have.
    """

    documents: NDArray[np.int64]
    gone: NDArray[np.int64]


def write_outline(
    folder: Path, build: FolderBuild, entities: Entities, words: CircleCounts
) -> None:
    """Write the outline of a folder build into an empty folder."""
    write_slim(build.folder / layout.CATALOG, folder / layout.CATALOG)
    for name in _UNCHANGED:
        shutil.copyfile(build.folder / name, folder / name)
    save_rows(folder / _ENTITIES, entities.documents)
    save_rows(folder / _GONE, entities.gone)
    save_rows(folder / _WORDS, words)
    replace(build.manifest, dense={}, seals=seal(folder)).write(folder)


def open_entities(folder: Path) -> Entities:
    """The entities of a build, from its outline. Raises IndexDamaged."""
    return Entities(open_rows(folder / _ENTITIES), open_rows(folder / _GONE))


def open_words(folder: Path) -> CircleCounts:
    """The statistics of terms, from an outline. Raises IndexDamaged."""
    return open_rows(folder / _WORDS)
