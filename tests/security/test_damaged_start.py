"""A damaged build costs its own content, not the service."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.errors import IndexDamaged, IndexUnusable
from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import build_number, check_whole, read_manifest
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from tests.building import NINE, PRICE, RADAR, SHIPS, recording, write


@pytest.fixture(scope="module")
def three(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An index of three builds; tests damage copies of it."""
    home = tmp_path_factory.mktemp("three")
    settings = load_settings(corpus=home / "corpus", index=home / "index")
    with pytest.MonkeyPatch.context() as monkeypatch:
        recording(encoder, monkeypatch)
        for name, text in (("radar.md", RADAR), ("ships.md", SHIPS), ("more.md", SHIPS + "Ice.")):
            write(home / "corpus", {name: text})
            build_index(settings)
    return settings


@pytest.fixture
def index(three: Settings, tmp_path: Path) -> Path:
    shutil.copytree(three.index, tmp_path / "index")
    return tmp_path / "index"


def folders(index: Path) -> list[Path]:
    """The folders of the builds, oldest first."""
    return [index / "builds" / name for name in layout.build_names(index)]


def damage(path: Path) -> None:
    """Change the last byte of a file."""
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 4]))


@pytest.fixture
def opened(index: Path) -> Iterator[FolderBuild]:
    build = FolderBuild(layout.current(index))
    yield build
    build.close()


# -- the start -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["catalog.sqlite", "manifest.json", "dense.faiss", "rows.npy"])
def test_the_newest_whole_build_serves_instead_of_a_damaged_one(
    index: Path, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The warning names the damage and both commands; rolling back keeps what serves."""
    _, second, third = folders(index)
    damage(third / part) if part != "manifest.json" else (third / part).write_text("{")
    with caplog.at_level(logging.WARNING), Chatbot.open(index, waiting=True) as chatbot:
        assert chatbot.build.name == second.name
        assert chatbot.ask(PRICE).citations[0].quote == NINE
        chatbot.build.probe()
    (warning,) = (record.getMessage() for record in caplog.records)
    assert part in warning
    assert f"The build {second.name} serves instead." in warning
    assert f"chatbot build --rollback --index {index}" in warning
    assert f"chatbot build --fresh --index {index}" in warning
    assert layout.roll_back(index, check=check_whole) == second.name


def test_damage_that_a_quick_look_misses_is_found_at_the_start_of_a_server(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server checks every byte of its first build, and of the one that replaces it."""
    monkeypatch.setattr("chatbot.index.opened_build.QUICK_BYTES", 0)
    first, second, third = folders(index)
    damage(third / "sentences.npy")
    damage(second / "titles.npy")
    with Chatbot.open(index, waiting=True) as chatbot:
        assert chatbot.build.name == first.name


@pytest.mark.parametrize("content", [b"", b"gone", b"../../etc", b"\xff"])
def test_a_damaged_pointer_costs_nothing(index: Path, content: bytes) -> None:
    """If CURRENT can't be read or names no build, the newest whole build serves."""
    third = folders(index)[-1]
    (index / "CURRENT").write_bytes(content)
    with Chatbot.open(index, waiting=True) as chatbot:
        assert chatbot.build.name == third.name
    assert layout.roll_back(index, check=check_whole) == third.name


def test_a_new_build_replaces_the_one_that_serves_instead(index: Path, three: Settings) -> None:
    """The next build is used like any other."""
    third = folders(index)[-1]
    (third / "rows.npy").unlink()
    settings = three.model_copy(update={"index": index})
    with Chatbot.open(settings=settings, waiting=True) as chatbot:
        report = build_index(settings, fresh=True)
        assert chatbot.build.name == report.build


def test_without_a_whole_build_the_damage_is_named(index: Path) -> None:
    """There is nothing to serve."""
    for folder in folders(index):
        (folder / "rows.npy").unlink()
    with pytest.raises(IndexDamaged, match=r"rows\.npy is missing.*--fresh"):
        Chatbot.open(index, waiting=True)


# -- the order of builds ---------------------------------------------------------------------


def test_builds_are_in_the_order_of_their_numbers(
    index: Path, three: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that was set back neither deletes the wrong build nor rolls back to it."""
    before = folders(index)
    assert [build_number(folder) for folder in before] == [1, 2, 3]
    monkeypatch.setattr(layout, "new_name", lambda: "19700101T000000-000000")
    settings = three.model_copy(update={"index": index})
    write(settings.corpus, {"last.md": RADAR})
    assert build_index(settings).build == "19700101T000000-000000"
    (settings.corpus / "last.md").unlink()
    assert [folder.name for folder in folders(index)] == [
        before[1].name,
        before[2].name,
        "19700101T000000-000000",
    ]
    assert layout.roll_back(index) == before[2].name


def test_a_manifest_that_was_changed_is_refused(index: Path) -> None:
    """Every field is checked; only the layout of the file may differ."""
    path = layout.current(index) / "manifest.json"
    fields = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(fields), "utf-8")
    assert read_manifest(path.parent).number == fields["number"]
    for name, value in fields.items():
        path.write_text(json.dumps(fields | {name: [value, "changed"]}), "utf-8")
        with pytest.raises(IndexUnusable):
            read_manifest(path.parent)
    path.write_text(json.dumps(fields | {"ignored": 1}), "utf-8")
    with pytest.raises(IndexDamaged, match="has changed since the build"):
        read_manifest(path.parent)


# -- readiness -------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["_sentences", "dense", "lexical", "titles", "document_vectors"])
def test_a_build_with_a_part_that_can_not_be_read_is_not_ready(
    opened: FolderBuild, part: str
) -> None:
    """`/readyz` reads something of every part."""
    opened.probe()

    class Broken:
        def __getattr__(self, name: str) -> object:
            raise OSError("input/output error")

        def __getitem__(self, item: object) -> object:
            raise OSError("input/output error")

    setattr(opened, part, Broken())
    with pytest.raises(IndexDamaged, match="a part can't be read"):
        opened.probe()


def test_a_build_without_its_catalogue_is_not_ready(opened: FolderBuild) -> None:
    """The catalogue is closed, as if its disk were gone."""
    opened.catalog.close()
    with pytest.raises(IndexDamaged):
        opened.probe()
