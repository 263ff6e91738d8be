"""The contract of a build: what it was made from and with, and what each file must be.

Written last, so a folder without a manifest is not a build.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from chatbot.errors import IndexDamaged, IndexMismatch, SkipKind, SkipReason

SCHEMA = 7
FILE = "manifest.json"

# What is hashed in a moment. One wrong bit may have the library that maps a file take all memory,
# or end the process.
QUICK_BYTES = 64_000_000

# Hashing lets go of Python's lock; more at once would only wait for the disk.
_HASHED_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file of the corpus, or one inside such a file, that is not in the index, and why."""

    path: str
    kind: SkipKind
    detail: str = ""

    @property
    def reason(self) -> SkipReason:
        """The kind and the detail in one."""
        return SkipReason(self.kind, self.detail)


@dataclass(frozen=True, slots=True)
class FormatCount:
    """How many files there are of a format, and how many of them are in the index."""

    found: int
    read: int


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file of the build must weigh and hash to.

    The hash tells damage, not intent: who may change a file may change its manifest too. SHA-256
    would take several times as long to tell no more.
    """

    size: int
    xxh3_128: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a build but its contents.

    `shaping` holds the settings that decide passages and vectors: a build is carried over only
    into one with the same. `files` are those that were found; each is in the index or `skipped`.
    Apart from them, `parts` are files inside them that were skipped, and `ignored` counts what
    the corpus itself leaves out. `duplicates` counts documents with the text of another;
    `formats` goes by media type, which is empty where a file could not be opened. `dense` tells
    how vectors are searched: nothing where every one is compared, else how many cells there are,
    how many are probed, and how many passages are strangers, embedded since the cells were made.
    `seconds` has the time that each stage of the build was waited for.
    """

    name: str
    created: str
    corpus: str
    model: str
    model_fingerprint: str
    dimensions: int
    shaping: dict[str, Any]
    files: int
    documents: int
    passages: int
    sentences: int
    skipped: tuple[SkippedFile, ...]
    parts: tuple[SkippedFile, ...]
    ignored: int
    duplicates: int
    formats: dict[str, FormatCount]
    dense: dict[str, int]
    versions: dict[str, str]
    seconds: dict[str, float]
    seals: dict[str, FileSeal] = field(default_factory=dict)
    schema: int = SCHEMA

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False)
        # A path that is no valid text is written as JSON's own escapes.
        (folder / FILE).write_text(text + "\n", "utf-8", errors="backslashreplace")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build. Raises IndexMismatch for another schema, else IndexDamaged."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        if found["schema"] != SCHEMA:
            raise IndexMismatch(folder, "schema", found["schema"], SCHEMA)
        for name in ("skipped", "parts"):
            found[name] = tuple(
                SkippedFile(**{**each, "kind": SkipKind(each["kind"])}) for each in found[name]
            )
        found["formats"] = {kind: FormatCount(**n) for kind, n in found["formats"].items()}
        found["seals"] = {path: FileSeal(**seal) for path, seal in found["seals"].items()}
        return Manifest(**found)
    except FileNotFoundError:
        raise IndexDamaged(folder, f"{FILE} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        raise IndexDamaged(folder, f"{FILE} can't be read ({failure})") from failure


def seal(folder: Path) -> dict[str, FileSeal]:
    """The seal of every file in the folder and below, by its path from there."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != FILE]
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as hashing:
        return {
            path.relative_to(folder).as_posix(): FileSeal(path.stat().st_size, digest)
            for path, digest in zip(paths, hashing.map(_hash_of, paths), strict=True)
        }


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """That every file is there in full: quick enough for each start. Raises IndexDamaged."""
    for name, expected in manifest.seals.items():
        path = folder / name
        if not path.is_file():
            raise IndexDamaged(folder, f"{name} is missing")
        if path.stat().st_size != expected.size:
            raise IndexDamaged(
                folder, f"{name} has {path.stat().st_size:,} bytes of {expected.size:,}"
            )


def check_contents(folder: Path, manifest: Manifest, *, largest: int | None = None) -> None:
    """That every file is byte for byte what was built; of those over `largest`, only the size.

    Raises IndexDamaged.
    """
    check_sizes(folder, manifest)

    def check(name: str) -> None:
        try:
            found = _hash_of(folder / name)
        except OSError as failure:
            raise IndexDamaged(folder, f"{name} can't be read ({failure.strerror})") from failure
        if found != manifest.seals[name].xxh3_128:
            raise IndexDamaged(folder, f"{name} is not what was built")

    hashed = [
        name
        for name, expected in manifest.seals.items()
        if largest is None or expected.size <= largest
    ]
    with ThreadPoolExecutor(_HASHED_AT_ONCE) as hashing:
        for _ in hashing.map(check, hashed):
            pass


def check_whole(folder: Path) -> None:
    """That a build is byte for byte what its manifest says. Raises IndexUnusable."""
    check_contents(folder, read_manifest(folder))


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, xxhash.xxh3_128).hexdigest()
