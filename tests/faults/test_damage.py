"""A damaged index is refused with the name of the file, and the next build repairs it."""

from __future__ import annotations

import logging
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chatbot.encoder import Encoder
from chatbot.errors import IndexDamaged, IndexUnusable
from chatbot.index import layout
from chatbot.index.manifest import check_contents, read_manifest
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from tests.building import (
    BREAD,
    NINE,
    RADAR,
    SHIPS,
    answered,
    assert_rebuilt,
    leftovers,
    recording,
    write,
)
from tests.index import manifests

# The files of a build.
FILES = (
    "manifest.json",
    "catalog.sqlite",
    "dense.faiss",
    "documents.npy",
    "rights.json",
    "rights.npy",
    "rows.npy",
    "sentences.npy",
    "titles.npy",
    "lexical/documents.npy",
    "lexical/frequencies.npy",
    "lexical/impacts.npy",
    "lexical/places.npy",
    "lexical/run_blocks.npy",
    "lexical/runs.npy",
    "lexical/sentence_keys.npy",
    "lexical/sentence_starts.npy",
    "lexical/starts.npy",
    "lexical/terms.npy",
    "lexical/typical.npy",
)

Damage = Callable[[bytes], bytes]


def flipped(position: float) -> Damage:
    """Flip one bit at a position between 0, the first byte, and 1, the last."""

    def damage(data: bytes) -> bytes:
        at = round(position * (len(data) - 1))
        return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]

    return damage


DAMAGES: dict[str, Damage] = {
    "emptied": lambda _: b"",
    "halved": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one byte long": lambda data: data + b"\n",
    "first byte wrong": flipped(0),
    "wrong near the start": flipped(0.1),
    "wrong in the middle": flipped(0.5),
    "last byte wrong": flipped(1),
    "overwritten": lambda data: random.Random(0).randbytes(len(data)),
    "zeroed": lambda data: bytes(len(data)),
}


@pytest.fixture(scope="module")
def whole(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A corpus and its index; tests damage copies of it."""
    home = tmp_path_factory.mktemp("whole")
    write(home / "corpus", {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    with pytest.MonkeyPatch.context() as monkeypatch:
        recording(encoder, monkeypatch)
        build_index(settings)
    return settings


@pytest.fixture
def copied(whole: Settings, tmp_path: Path) -> Settings:
    """The same corpus with a copy of the index that a test may damage."""
    shutil.copytree(whole.index, tmp_path / "copy")
    return whole.model_copy(update={"index": tmp_path / "copy"})


def file_of(settings: Settings, name: str) -> Path:
    """A file of the build in service."""
    (path,) = layout.current(settings.index).glob(name)
    return path


# -- files of a build ------------------------------------------------------------------------


def test_these_are_all_the_files_of_a_build(whole: Settings) -> None:
    """The tests below therefore cover every file."""
    folder = layout.current(whole.index)
    listed = {path for name in FILES for path in folder.glob(name)}
    assert listed == {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_that_is_missing_is_named(copied: Settings, name: str) -> None:
    """The message gives the command that builds the index again."""
    path = file_of(copied, name)
    path.unlink()
    build = layout.current(copied.index)
    with pytest.raises(IndexDamaged) as refused:
        answered(copied)
    assert str(refused.value) == (
        f"The index at {build} is damaged: {path.relative_to(build).as_posix()} is missing. "
        f"Build it again with: chatbot build --fresh --index {copied.index}"
    )


def test_a_folder_without_a_manifest_is_no_build(copied: Settings) -> None:
    """An interrupted copy leaves such a folder."""
    path = file_of(copied, "manifest.json")
    path.unlink()
    with pytest.raises(IndexDamaged) as refused:
        answered(copied)
    assert str(refused.value) == (
        f"The index at {copied.index} is damaged: CURRENT names the build "
        f"{path.parent.name!r}, which is not there. "
        f"Build it again with: chatbot build --fresh --index {copied.index}"
    )
    assert build_index(copied).embedded_texts == 12
    assert answered(copied) == NINE


@pytest.mark.parametrize("name", FILES[1:])
def test_a_damaged_file_is_named(copied: Settings, name: str) -> None:
    """The file is checked before its content is used, because some damage crashes the process."""
    path = file_of(copied, name)
    build = layout.current(copied.index)
    content = path.read_bytes()
    for damage in DAMAGES.values():
        path.write_bytes(damage(content))
        with pytest.raises(IndexDamaged) as refused:
            answered(copied)
        relative = path.relative_to(build).as_posix()
        assert str(refused.value).startswith(f"The index at {build} is damaged: {relative} ")
        assert str(refused.value).endswith(
            f". Build it again with: chatbot build --fresh --index {copied.index}"
        )


@pytest.mark.parametrize("name", FILES)
def test_the_next_build_replaces_a_damaged_file(
    copied: Settings, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is carried over from a damaged build, and a warning says why."""
    path = file_of(copied, name)
    path.write_bytes(DAMAGES["wrong in the middle"](path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert_rebuilt(copied)
    assert leftovers(copied.index) == []
    (warning,) = (record.getMessage() for record in caplog.records)
    assert warning.startswith(f"The index at {path.parents[name.count('/')]} is damaged: ")
    assert warning.endswith(". Everything is built again.")


@pytest.mark.parametrize(
    "damage", [DAMAGES[name] for name in ("emptied", "halved", "overwritten", "zeroed")]
)
def test_a_damaged_manifest_is_named(copied: Settings, damage: Damage) -> None:
    """It must be readable before its own checksum counts."""
    path = file_of(copied, "manifest.json")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(IndexDamaged, match=r"is damaged: manifest\.json can't be read \("):
        answered(copied)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("passages", 4),
        ("documents", 4),
        ("sentences", 7),
        ("dimensions", 385),
        ("created", "yesterday"),
        ("seals", []),
        ("skipped", [{"path": "a"}]),
        ("more", 1),
    ],
)
def test_a_manifest_that_does_not_match_is_refused(
    copied: Settings, field: str, value: object
) -> None:
    """Its counts are compared with the files."""
    change_manifest(copied, **{field: value})
    with pytest.raises(IndexDamaged):
        answered(copied)
    assert_rebuilt(copied)


def change_manifest(settings: Settings, **fields: Any) -> None:
    """Overwrite fields in the manifest of the build in service, and seal it again."""
    manifests.change_manifest(file_of(settings, "manifest.json"), **fields)


@pytest.mark.slow
def test_a_flipped_bit_in_the_manifest_does_no_harm(copied: Settings) -> None:
    """The index is refused, unless the bit means nothing, as in the exponent of 1e-05."""
    path = file_of(copied, "manifest.json")
    content = path.read_bytes()
    rng = random.Random(0)
    sound = 0
    for at in rng.sample(range(len(content)), 400):
        wrong = content[at] ^ (1 << rng.randrange(8))
        path.write_bytes(content[:at] + bytes([wrong]) + content[at + 1 :])
        try:
            assert answered(copied) == NINE
        except IndexUnusable:
            continue
        sound += 1
        name = build_index(copied).build
        if layout.current(copied.index) != path.parent:
            shutil.rmtree(copied.index / "builds" / name)
            (copied.index / "CURRENT").write_text(path.parent.name)
    assert sound < 5


def test_opening_checks_only_the_size_of_large_files(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening an index must not read all of it; a build checks every byte."""
    build = layout.current(copied.index)
    path = build / "sentences.npy"
    path.write_bytes(DAMAGES["last byte wrong"](path.read_bytes()))
    manifest = read_manifest(build)
    check_contents(build, manifest, largest=path.stat().st_size - 1)
    for largest in (path.stat().st_size, None):
        with pytest.raises(IndexDamaged, match=r"sentences\.npy has changed since the build"):
            check_contents(build, manifest, largest=largest)
    monkeypatch.setattr("chatbot.index.opened_build.QUICK_BYTES", 1_000)
    assert answered(copied)
    assert_rebuilt(copied)
