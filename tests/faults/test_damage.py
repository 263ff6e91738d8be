"""A damaged index is refused by name with the next step, and the next build mends it."""

from __future__ import annotations

import json
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
    assert_mended,
    leftovers,
    recording,
    write,
)

# The files of a build.
FILES = (
    "manifest.json",
    "catalog.sqlite",
    "dense.faiss",
    "documents.npy",
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


def flipped(place: float) -> Damage:
    """One bit wrong at a place between the beginning, 0, and the end, 1."""

    def damage(data: bytes) -> bytes:
        at = round(place * (len(data) - 1))
        return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]

    return damage


DAMAGES: dict[str, Damage] = {
    "emptied": lambda _: b"",
    "halved": lambda data: data[: len(data) // 2],
    "one byte short": lambda data: data[:-1],
    "one byte long": lambda data: data + b"\n",
    "wrong at the beginning": flipped(0),
    "wrong early on": flipped(0.1),
    "wrong in the middle": flipped(0.5),
    "wrong at the end": flipped(1),
    "overwritten": lambda data: random.Random(0).randbytes(len(data)),
    "zeroed": lambda data: bytes(len(data)),
}


@pytest.fixture(scope="module")
def whole(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A corpus with its index; tests damage copies."""
    home = tmp_path_factory.mktemp("whole")
    write(home / "corpus", {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    with pytest.MonkeyPatch.context() as monkeypatch:
        recording(encoder, monkeypatch)
        build_index(settings)
    return settings


@pytest.fixture
def copied(whole: Settings, tmp_path: Path) -> Settings:
    """The same corpus with a copy of its index, for a test to damage."""
    shutil.copytree(whole.index, tmp_path / "copy")
    return whole.model_copy(update={"index": tmp_path / "copy"})


def part(settings: Settings, name: str) -> Path:
    """A file of the build in service."""
    (found,) = layout.current(settings.index).glob(name)
    return found


# -- files of a build ------------------------------------------------------------------------


def test_these_are_all_the_files_of_a_build(whole: Settings) -> None:
    """So that none is left out below."""
    folder = layout.current(whole.index)
    found = {path for name in FILES for path in folder.glob(name)}
    assert found == {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", FILES[1:])
def test_a_file_that_is_missing_is_named(copied: Settings, name: str) -> None:
    """With the command that makes all of it again."""
    path = part(copied, name)
    path.unlink()
    build = layout.current(copied.index)
    with pytest.raises(IndexDamaged) as refused:
        answered(copied)
    assert str(refused.value) == (
        f"The index at {build} is damaged: {path.relative_to(build).as_posix()} is missing. "
        f"Build it again with: chatbot build --fresh --index {copied.index}"
    )


def test_a_folder_without_a_manifest_is_no_build(copied: Settings) -> None:
    """It is what a copy leaves that was broken off."""
    path = part(copied, "manifest.json")
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
    """Before anything that it says is believed: some damage would end the process."""
    path = part(copied, name)
    build = layout.current(copied.index)
    whole = path.read_bytes()
    for damage in DAMAGES.values():
        path.write_bytes(damage(whole))
        with pytest.raises(IndexDamaged) as refused:
            answered(copied)
        named = path.relative_to(build).as_posix()
        assert str(refused.value).startswith(f"The index at {build} is damaged: {named} ")
        assert str(refused.value).endswith(
            f". Build it again with: chatbot build --fresh --index {copied.index}"
        )


@pytest.mark.parametrize("name", FILES)
def test_the_next_build_mends_a_damaged_file(
    copied: Settings, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of a damaged build is carried over, and a warning says why all is made anew."""
    path = part(copied, name)
    path.write_bytes(DAMAGES["wrong in the middle"](path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert_mended(copied)
    assert leftovers(copied.index) == []
    (warning,) = (record.getMessage() for record in caplog.records)
    assert warning.startswith(f"The index at {path.parents[name.count('/')]} is damaged: ")
    assert warning.endswith(". Everything is built again.")


@pytest.mark.parametrize(
    "damage", [DAMAGES[name] for name in ("emptied", "halved", "overwritten", "zeroed")]
)
def test_a_damaged_manifest_is_named(copied: Settings, damage: Damage) -> None:
    """It has no seal of its own, but must be readable and agree with the files."""
    path = part(copied, "manifest.json")
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
def test_a_manifest_that_does_not_agree_is_refused(
    copied: Settings, field: str, value: object
) -> None:
    """Whatever is counted there is counted in the files, too."""
    retold(copied, **{field: value})
    with pytest.raises(IndexDamaged):
        answered(copied)
    assert_mended(copied)


def retold(settings: Settings, **fields: Any) -> None:
    """Change what the manifest of the build in service says."""
    path = part(settings, "manifest.json")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | fields), "utf-8")


@pytest.mark.slow
def test_no_wrong_bit_in_a_manifest_does_harm(copied: Settings) -> None:
    """With any one wrong, the index is refused, or answers as before and can be built upon."""
    path = part(copied, "manifest.json")
    told = path.read_bytes()
    chance = random.Random(0)
    sound = 0
    for at in chance.sample(range(len(told)), 400):
        wrong = told[at] ^ (1 << chance.randrange(8))
        path.write_bytes(told[:at] + bytes([wrong]) + told[at + 1 :])
        try:
            assert answered(copied) == NINE
        except IndexUnusable:
            continue
        sound += 1
        name = build_index(copied).build
        if layout.current(copied.index) != path.parent:
            shutil.rmtree(copied.index / "builds" / name)
            (copied.index / "CURRENT").write_text(path.parent.name)
    assert 0 < sound < 200


def test_of_large_files_only_the_size_is_checked_at_once(
    copied: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opening an index must not take as long as reading all of it; a build reads all."""
    build = layout.current(copied.index)
    path = build / "sentences.npy"
    path.write_bytes(DAMAGES["wrong at the end"](path.read_bytes()))
    manifest = read_manifest(build)
    check_contents(build, manifest, largest=path.stat().st_size - 1)
    for largest in (path.stat().st_size, None):
        with pytest.raises(IndexDamaged, match=r"sentences\.npy is not what was built"):
            check_contents(build, manifest, largest=largest)
    monkeypatch.setattr("chatbot.index.opened_build.QUICK_BYTES", 1_000)
    assert answered(copied)
    assert_mended(copied)
