"""The manifest of a build: its corpus, model, settings and counts, and the hash of each file.

The manifest is written last, so a folder without one isn't a build. It has a hash of itself, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from chatbot.errors import IndexDamaged, IndexMismatch, SkipKind, SkipReason
from chatbot.index.rights import GroupCounts

SCHEMA = 10
FILE = "manifest.json"
_SEAL = "seal"

# Files up to this size are hashed whenever a build is opened. A wrong bit in a mapped file could
# make a library take all memory or kill the process.
QUICK_BYTES = 64_000_000

# Hashing releases Python's lock; more threads would only wait for the disk.
_HASHING_THREADS = 4


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file of the corpus, or a file inside one, that isn't in the index, and the reason."""

    path: str
    kind: SkipKind
    detail: str = ""

    @property
    def reason(self) -> SkipReason:
        """The kind and the detail as a `SkipReason`."""
        return SkipReason(self.kind, self.detail)


@dataclass(frozen=True, slots=True)
class FormatCount:
    """The number of files of a format, and of those in the index."""

    found: int
    read: int


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """The number of documents and of passages in a language."""

    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Analyzers:
    """How the words of the passages became terms: the version of the rules, and the stemmers."""

    version: int
    stemmers: list[str]


@dataclass(frozen=True, slots=True)
class FileSeal:
    """The size and hash that a file of the build must have.

    The hash detects damage, not tampering: an attacker could change the manifest as well.
    SHA-256 would take several times as long and detect no more.
    """

    size: int
    xxh3_128: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about a build except its contents.

    `number` is one more than that of the build before; unlike the times, numbers are in order.
    `shaping` holds the settings that decide passages and vectors; only a build with the same
    settings can be carried over. `files` counts the files found; each is in the index or in
    `skipped`. `parts` are skipped files inside those files, and `ignored` counts the files that
    the corpus's ignore rules exclude, and `ignored_by` those of each cause. `duplicates` counts
    documents with the text of an earlier one. `formats` goes by media type, which is empty for a
    file that couldn't be opened.
    `languages` goes by tag, which is empty where the language can't be told. `rights` counts the
    documents by the groups that may see them. `dense` is empty if
    the vector search is exact; otherwise it has the number of cells, of probes, and of strangers,
    which are passages embedded since the cells were trained. `seconds` is the wall time of each
    stage of the build. `prefixes` are the texts before each question and each
    passage; a registered model adds its own.
    """

    name: str
    number: int
    created: str
    corpus: str
    model: str
    model_fingerprint: str
    prefixes: list[str]
    dimensions: int
    shaping: dict[str, Any]
    files: int
    documents: int
    passages: int
    sentences: int
    skipped: tuple[SkippedFile, ...]
    parts: tuple[SkippedFile, ...]
    ignored: int
    ignored_by: dict[str, int]
    duplicates: int
    formats: dict[str, FormatCount]
    languages: dict[str, LanguageCount]
    rights: GroupCounts
    analyzers: Analyzers
    dense: dict[str, int]
    versions: dict[str, str]
    seconds: dict[str, float]
    seals: dict[str, FileSeal] = field(default_factory=dict)
    schema: int = SCHEMA

    @property
    def document_languages(self) -> dict[str, int]:
        """The number of documents in each language."""
        return {language: count.documents for language, count in self.languages.items()}

    def write(self, folder: Path) -> None:
        fields = sealed(asdict(self))
        text = json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False)
        # A path with invalid text is written with JSON escapes.
        (folder / FILE).write_text(text + "\n", "utf-8", errors="backslashreplace")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build. Raises IndexMismatch for another schema, or IndexDamaged."""
    try:
        fields = json.loads((folder / FILE).read_text("utf-8"))
        if fields["schema"] != SCHEMA:
            raise IndexMismatch(folder, "schema", fields["schema"], SCHEMA)
        if fields != sealed(fields):
            raise IndexDamaged(folder, f"{FILE} has changed since the build")
        del fields[_SEAL]
        for name in ("skipped", "parts"):
            fields[name] = tuple(
                SkippedFile(**{**record, "kind": SkipKind(record["kind"])})
                for record in fields[name]
            )
        fields["formats"] = {
            kind: FormatCount(**count) for kind, count in fields["formats"].items()
        }
        fields["languages"] = {
            language: LanguageCount(**count) for language, count in fields["languages"].items()
        }
        fields["rights"] = GroupCounts(**fields["rights"])
        fields["analyzers"] = Analyzers(**fields["analyzers"])
        fields["seals"] = {path: FileSeal(**seal) for path, seal in fields["seals"].items()}
        return Manifest(**fields)
    except FileNotFoundError:
        raise IndexDamaged(folder, f"{FILE} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        raise IndexDamaged(folder, f"{FILE} can't be read ({failure})") from failure


def build_number(folder: Path) -> int:
    """The number of a build; 0 if its manifest can't be read or is of an earlier schema."""
    try:
        return int(json.loads((folder / FILE).read_text("utf-8"))["number"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def sealed(fields: dict[str, Any]) -> dict[str, Any]:
    """A manifest's fields with their hash, whatever their order and layout in the file."""
    content = {name: value for name, value in fields.items() if name != _SEAL}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return {**content, _SEAL: xxhash.xxh3_128(text.encode()).hexdigest()}


def seal(folder: Path, *, known: Collection[str] = ()) -> dict[str, FileSeal]:
    """The seal of every file in the folder and its subfolders, by relative path.

    Files with a `known` seal are left out.
    """
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != FILE and path.relative_to(folder).as_posix() not in known
    ]
    with ThreadPoolExecutor(_HASHING_THREADS) as hashing:
        return {
            path.relative_to(folder).as_posix(): FileSeal(path.stat().st_size, digest)
            for path, digest in zip(paths, hashing.map(_hash_of, paths), strict=True)
        }


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Check the size of every file, which is fast enough for each start. Raises IndexDamaged."""
    for name, expected in manifest.seals.items():
        path = folder / name
        if not path.is_file():
            raise IndexDamaged(folder, f"{name} is missing")
        if path.stat().st_size != expected.size:
            raise IndexDamaged(
                folder, f"{name} has {path.stat().st_size:,} bytes of {expected.size:,}"
            )


def check_contents(folder: Path, manifest: Manifest, *, largest: int | None = None) -> None:
    """Check the hash of every file; of files over `largest` bytes, only the size.

    Raises IndexDamaged.
    """
    check_sizes(folder, manifest)

    def check(name: str) -> None:
        try:
            digest = _hash_of(folder / name)
        except OSError as failure:
            raise IndexDamaged(folder, f"{name} can't be read ({failure.strerror})") from failure
        if digest != manifest.seals[name].xxh3_128:
            raise IndexDamaged(folder, f"{name} has changed since the build")

    names = [
        name
        for name, expected in manifest.seals.items()
        if largest is None or expected.size <= largest
    ]
    with ThreadPoolExecutor(_HASHING_THREADS) as hashing:
        for _ in hashing.map(check, names):
            pass


def check_whole(folder: Path) -> None:
    """Check every file of a build against its manifest. Raises IndexUnusable."""
    check_contents(folder, read_manifest(folder))


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, xxhash.xxh3_128).hexdigest()
