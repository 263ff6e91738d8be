"""A manifest reads back as it was written, and its checksums detect damage."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.errors import IndexDamaged, IndexMismatch, SkipKind
from chatbot.index.manifest import (
    FILE,
    SCHEMA,
    FileSeal,
    FormatCount,
    Manifest,
    SkippedFile,
    check_contents,
    check_sizes,
    read_manifest,
    seal,
)
from chatbot.index.manifest import sealed as with_seal
from tests.index.manifests import MANIFEST

# Printed by xxHash's own `xxhsum -H2`.
HASH_OF_ABC = "06b05ab6733a618578af5f94892f3950"
HASH_OF_NOTHING = "99aa06d3014798d86001c324468d497f"

_TEXT = st.text(max_size=12)
_PATHS = st.binary(min_size=1, max_size=12).map(os.fsdecode)
_COUNTS = st.integers(0, 10**12)
_SEALS = st.dictionaries(_PATHS, st.builds(FileSeal, _COUNTS, _TEXT), max_size=3)
_MANIFESTS = st.builds(
    Manifest,
    name=_TEXT,
    number=_COUNTS,
    created=st.datetimes().map(datetime.isoformat),
    corpus=_PATHS,
    model=_TEXT,
    model_fingerprint=_TEXT,
    dimensions=_COUNTS,
    shaping=st.dictionaries(_TEXT, st.one_of(_TEXT, _COUNTS, st.booleans()), max_size=3),
    files=_COUNTS,
    documents=_COUNTS,
    passages=_COUNTS,
    sentences=_COUNTS,
    skipped=st.lists(
        st.builds(SkippedFile, _PATHS, st.sampled_from(SkipKind), _TEXT), max_size=3
    ).map(tuple),
    parts=st.lists(
        st.builds(SkippedFile, _PATHS, st.sampled_from(SkipKind), _TEXT), max_size=3
    ).map(tuple),
    ignored=_COUNTS,
    duplicates=_COUNTS,
    formats=st.dictionaries(_TEXT, st.builds(FormatCount, _COUNTS, _COUNTS), max_size=3),
    dense=st.dictionaries(_TEXT, st.integers(), max_size=3),
    versions=st.dictionaries(_TEXT, _TEXT, max_size=3),
    seconds=st.dictionaries(_TEXT, st.floats(0, 1e6), max_size=3),
    seals=_SEALS,
)


@given(_MANIFESTS)
@hypothesis(max_examples=100, deadline=None)
def test_a_manifest_reads_back_as_it_was_written(manifest: Manifest) -> None:
    """The fields may have any values, including file names with invalid text."""
    with TemporaryDirectory() as name:
        manifest.write(Path(name))
        assert read_manifest(Path(name)) == manifest


def test_a_manifest_of_another_schema_is_a_mismatch(tmp_path: Path) -> None:
    """The message names both schemas and the command that builds again."""
    (tmp_path / FILE).write_text(json.dumps({**asdict(MANIFEST), "schema": SCHEMA + 1}))
    with pytest.raises(IndexMismatch, match=f"schema {SCHEMA + 1}, but {SCHEMA} is required"):
        read_manifest(tmp_path)
    (tmp_path / FILE).write_text(json.dumps({"schema": SCHEMA + 1, "all": "else"}))
    with pytest.raises(IndexMismatch, match="chatbot build"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"passages": None, "unheard_of": 1},
        {"skipped": 1},
        {"skipped": [{"path": "a"}]},
        {"skipped": [{"path": "a", "kind": "unheard of", "detail": ""}]},
        {"seals": []},
        {"seals": {"a": 1}},
    ],
)
def test_a_manifest_of_another_form_is_damage(tmp_path: Path, change: dict[str, Any]) -> None:
    """Unknown fields and fields of the wrong type are damage."""
    (tmp_path / FILE).write_text(json.dumps(with_seal({**asdict(MANIFEST), **change})))
    with pytest.raises(IndexDamaged, match=f"{FILE} can't be read"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("field", sorted(set(asdict(MANIFEST)) - {"seals"}))
def test_a_manifest_without_a_field_is_damage(tmp_path: Path, field: str) -> None:
    """Every field is required, except the seals."""
    fields = asdict(MANIFEST)
    del fields[field]
    (tmp_path / FILE).write_text(json.dumps(with_seal(fields)))
    with pytest.raises(IndexDamaged, match=f"{FILE} can't be read.*{field}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"1", b"null", b"\xff", b'{"schema": %d}' % SCHEMA]
)
def test_an_unreadable_manifest_is_damage(tmp_path: Path, content: bytes) -> None:
    """The file may be cut short, empty, or something else."""
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(IndexDamaged, match=f"{FILE} (can't be read|has changed since)"):
        read_manifest(tmp_path)


def test_a_missing_manifest_is_damage(tmp_path: Path) -> None:
    """A folder without a manifest was never finished."""
    with pytest.raises(IndexDamaged, match=f"{FILE} is missing"):
        read_manifest(tmp_path)


# -- seals -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files, one in a subfolder, and a manifest that seals both."""
    (tmp_path / "lexical").mkdir()
    (tmp_path / "lexical" / ".meta").write_bytes(b"abc")
    (tmp_path / "empty").write_bytes(b"")
    return tmp_path


def sealed(folder: Path) -> Manifest:
    manifest = Manifest(**{**asdict(MANIFEST), "skipped": (), "seals": seal(folder)})
    manifest.write(folder)
    return manifest


def test_a_seal_is_the_size_and_the_hash(folder: Path) -> None:
    """Every file has a seal, also in subfolders and hidden, except the manifest."""
    (folder / FILE).write_text("{}")
    assert seal(folder) == {
        "empty": FileSeal(0, HASH_OF_NOTHING),
        "lexical/.meta": FileSeal(3, HASH_OF_ABC),
    }


def test_an_intact_build_passes(folder: Path) -> None:
    """Sealed files pass both checks, and additional files do no harm."""
    sealed(folder)
    (folder / "lexical" / ".lock").write_bytes(b"")
    check_sizes(folder, read_manifest(folder))
    check_contents(folder, read_manifest(folder))


@pytest.mark.parametrize("check", [check_sizes, check_contents])
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: path.unlink(), "lexical/.meta is missing"),
        (lambda path: path.write_bytes(b"ab"), "lexical/.meta has 2 bytes of 3"),
        (lambda path: path.write_bytes(b"abc" * 400), "lexical/.meta has 1,200 bytes of 3"),
    ],
    ids=["gone", "cut short", "grown"],
)
def test_a_missing_or_cut_file_is_damage(
    folder: Path, check: Any, damage: Any, problem: str
) -> None:
    """The message names the file and the problem."""
    manifest = sealed(folder)
    damage(folder / "lexical" / ".meta")
    with pytest.raises(IndexDamaged, match=problem):
        check(folder, manifest)


def test_a_changed_byte_is_found_in_the_contents(folder: Path) -> None:
    """The size check misses it; the hash check finds it."""
    manifest = sealed(folder)
    (folder / "lexical" / ".meta").write_bytes(b"abd")
    check_sizes(folder, manifest)
    with pytest.raises(IndexDamaged, match=r"lexical/\.meta has changed since the build"):
        check_contents(folder, manifest)
