"""The folder of added documents: what is kept, what is refused, what a crash leaves."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chatbot.adding.refusals import AddingOff, NameTaken, NoRoom, NotAdded
from chatbot.adding.shelf import FOLDER, Shelf
from chatbot.adding.trash import Trash
from chatbot.errors import NotFound, StorageError
from chatbot.ingestion.scan import scan
from chatbot.settings import Settings


@pytest.fixture
def shelf(settings: Settings) -> Shelf:
    return Shelf(settings)


def put(shelf: Shelf, name: str, text: str = "text", **options: Any) -> str:
    """Add a file with this text, as anna."""
    upload = shelf.new_upload()
    upload.write_text(text, "utf-8")
    return shelf.place(upload, name, **{"by": "anna", "replace": False, **options})


def texts(settings: Settings) -> dict[str, str]:
    """Every file in the corpus that a build would see, with its text."""
    found = scan(settings.corpus, index=settings.index, largest=10**9).files
    return {file.name: file.path.read_text("utf-8") for file in found}


def with_(settings: Settings, **changes: Any) -> Shelf:
    return Shelf(settings.model_copy(update=changes))


def test_a_file_is_added_under_its_name(shelf: Shelf, settings: Settings) -> None:
    """In its folder; nothing else that a build would see, and no upload, is left."""
    assert put(shelf, "2024/a.md", folder="trade") == "trade/2024/a.md"
    assert texts(settings) == {"added/trade/2024/a.md": "text"}
    assert list(shelf.incoming.iterdir()) == []
    assert [file.name for file in shelf.files()] == ["trade/2024/a.md"]
    assert shelf.folders() == ["trade", "trade/2024"]
    assert shelf.owners.of("trade/2024/a.md") == "anna"


def test_a_second_file_of_the_same_name_waits_for_a_choice(
    shelf: Shelf, settings: Settings
) -> None:
    """The first stays as it is, and the second isn't lost."""
    put(shelf, "a.md", "first")
    upload = shelf.new_upload()
    upload.write_text("second", "utf-8")
    with pytest.raises(NameTaken):
        shelf.place(upload, "a.md", by="ben", replace=False)
    assert texts(settings) == {"added/a.md": "first"}
    assert shelf.place(upload, "a.md", by="ben", replace=True) == "a.md"
    assert texts(settings) == {"added/a.md": "second"}
    assert shelf.owners.of("a.md") == "ben"


def test_what_is_replaced_can_be_put_back_and_so_can_the_newer_one(
    shelf: Shelf, settings: Settings
) -> None:
    """Neither is ever lost."""
    put(shelf, "a.md", "first")
    put(shelf, "a.md", "second", replace=True)
    for expected in ("first", "second", "first"):
        (trashed,) = shelf.trashed()
        assert shelf.restore(trashed.trash_id, by="ben") == "a.md"
        assert texts(settings) == {"added/a.md": expected}


def test_what_is_deleted_can_be_put_back_for_a_day(shelf: Shelf, settings: Settings) -> None:
    """Then it's gone; a folder goes with its last file."""
    put(shelf, "old/a.md", "kept")
    put(shelf, "b.md")
    shelf.delete("old/a.md", by="anna")
    assert texts(settings) == {"added/b.md": "text"}
    assert not (settings.corpus / FOLDER / "old").exists()
    shelf.tidy()
    (trashed,) = shelf.trashed()
    assert (trashed.name, trashed.by, trashed.size) == ("old/a.md", "anna", 4)
    assert time.time() - trashed.deleted < 60
    shelf.restore(trashed.trash_id, by="anna")
    assert texts(settings)["added/old/a.md"] == "kept"
    assert shelf.trashed() == []
    shelf.delete("old/a.md", by="anna")
    later = with_(settings, trash_hours=0)
    later.tidy()
    assert later.trashed() == []
    with pytest.raises(NotFound):
        shelf.restore(trashed.trash_id, by="anna")


@pytest.mark.parametrize("name", ["a.md", "../corpus/a.md", "", "sub", "link.md", ".owners.jsonl"])
def test_only_an_added_document_can_be_deleted(shelf: Shelf, settings: Settings, name: str) -> None:
    """No other file of the corpus, no folder, no link, no file of our own."""
    (settings.corpus / "a.md").write_text("not added")
    put(shelf, "sub/b.md")
    (settings.corpus / FOLDER / "link.md").symlink_to(settings.corpus / "a.md")
    with pytest.raises(NotFound):
        shelf.delete(name, by="anna")
    assert texts(settings).keys() >= {"a.md", "added/sub/b.md"}
    with pytest.raises(NotFound):
        shelf.restore(name, by="anna")


def test_no_file_is_written_through_a_link(shelf: Shelf, settings: Settings) -> None:
    """A folder may have been replaced by a link to another place."""
    put(shelf, "a.md")
    elsewhere = settings.corpus.with_name("elsewhere")
    elsewhere.mkdir()
    (settings.corpus / FOLDER / "out").symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(NotAdded):
        put(shelf, "out/b.md")
    assert list(elsewhere.iterdir()) == []
    inside = Shelf(settings.model_copy(update={"corpus": settings.corpus / "two"}))
    (settings.corpus / "two").mkdir()
    (settings.corpus / "two" / FOLDER).symlink_to(elsewhere, target_is_directory=True)
    with pytest.raises(AddingOff):
        inside.check_open()


def test_limits_of_size_and_number_hold(settings: Settings) -> None:
    """A replaced file makes room for its successor; a refused one isn't added."""
    shelf = with_(settings, file_megabytes=0.001, added_megabytes=0.0015, added_files=2)
    with pytest.raises(NotAdded) as large:
        put(shelf, "a.md", "x" * 1_001)
    assert large.value.code == "adding_size"
    put(shelf, "a.md", "x" * 1_000)
    with pytest.raises(NoRoom):
        put(shelf, "b.md", "x" * 501)
    put(shelf, "b.md", "x" * 500)
    with pytest.raises(NoRoom):
        put(shelf, "c.md", "")
    put(shelf, "a.md", "y" * 900, replace=True)
    with pytest.raises(NoRoom):
        put(shelf, "c.md", "")
    shelf.delete("b.md", by="anna")
    put(shelf, "c.md", "x" * 600)
    assert [file.size for file in shelf.files()] == [900, 600]


def test_the_trash_gives_way_to_documents(settings: Settings) -> None:
    """It counts towards the limit, so replacing can't fill the disk; the oldest goes first."""
    shelf = with_(settings, added_megabytes=0.003)
    for letter in "abcdef":
        put(shelf, "a.md", letter * 1_000, replace=True)
    assert [file.size for file in shelf.files()] == [1_000]
    assert len(shelf.trashed()) == 2
    shelf.restore(shelf.trashed()[0].trash_id, by="anna")
    assert texts(settings)["added/a.md"] == "e" * 1_000


def test_a_full_disk_is_told_and_leaves_the_old_file(
    shelf: Shelf, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was full before or becomes so; nothing half-written has the file's name."""
    put(shelf, "a.md", "first")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("chatbot.adding.shelf.os.fsync", full)
        with pytest.raises(NoRoom) as during:
            put(shelf, "a.md", "second", replace=True)
    with monkeypatch.context() as patch:
        patch.setattr("chatbot.adding.shelf._SPARE_BYTES", 10**18)
        with pytest.raises(NoRoom) as before:
            put(shelf, "b.md")
    assert during.value.code == before.value.code == "adding_disk"
    assert texts(settings) == {"added/a.md": "first"}


def test_a_folder_that_cant_be_written_is_told(shelf: Shelf, settings: Settings) -> None:
    """A file is where the folder should be."""
    (settings.corpus / FOLDER).write_text("a file")
    with pytest.raises(StorageError, match="can't be written"):
        put(shelf, "a.md")


def test_a_folder_cant_have_the_name_of_a_document(shelf: Shelf, settings: Settings) -> None:
    """The refusal names the document; the administrator can't help."""
    put(shelf, "2024/report")
    with pytest.raises(NameTaken, match=r"There is a document '2024/report' already\."):
        put(shelf, "2024/report/b.md")
    assert texts(settings) == {"added/2024/report": "text"}


def test_a_list_is_made_while_others_delete_and_restore(
    shelf: Shelf, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has what is there, in the folder and in the trash."""
    for name in ("a.md", "b.md", "c.md", "d.md"):
        put(shelf, name)
    shelf.delete("c.md", by="anna")
    shelf.delete("d.md", by="anna")
    scandir, kept = os.scandir, Trash._kept

    def meanwhile_deleted(folder: Path) -> list[os.DirEntry[str]]:
        entries = list(scandir(folder))
        (settings.corpus / FOLDER / "a.md").unlink(missing_ok=True)
        return entries

    def meanwhile_restored(trash: Trash, entry: Path) -> Path | None:
        path = kept(trash, entry)
        if path and path.name == "d.md":
            shutil.rmtree(entry)
        return path

    monkeypatch.setattr("chatbot.adding.shelf.os.scandir", meanwhile_deleted)
    assert [file.name for file in shelf.files()] == ["b.md"]
    monkeypatch.undo()
    monkeypatch.setattr(Trash, "_kept", meanwhile_restored)
    assert [file.name for file in shelf.trashed()] == ["c.md"]


def test_nothing_half_added_is_left_after_a_crash(shelf: Shelf, settings: Settings) -> None:
    """Uploads that never got their name are removed after an hour; documents stay."""
    put(shelf, "a.md")
    half = shelf.new_upload()
    half.write_text("half of a fi")
    os.utime(half, (1e9, 1e9))
    (shelf.incoming / "deep").mkdir()
    (shelf.incoming / "deep" / "x.md").write_text("half")
    os.utime(shelf.incoming / "deep" / "x.md", (1e9, 1e9))
    (settings.corpus / FOLDER / ".trash" / "broken").mkdir(parents=True)
    again = Shelf(settings)
    again.begin()
    assert texts(settings) == {"added/a.md": "text"}
    assert not any(path.is_file() for path in again.incoming.rglob("*"))
    assert list((settings.corpus / FOLDER / ".trash").iterdir()) == []
    assert again.owners.of("a.md") == "anna"


def test_a_server_that_starts_leaves_the_uploads_of_another(
    shelf: Shelf, settings: Settings
) -> None:
    """Several servers may use the same corpus, and one is restarted while people use the other."""
    upload = shelf.new_upload()
    upload.write_text("text")
    Shelf(settings).begin()
    assert shelf.place(upload, "a.md", by="anna", replace=False) == "a.md"


def test_an_abandoned_upload_is_removed_after_an_hour(shelf: Shelf) -> None:
    """One that is still being written stays."""
    old, new = shelf.new_upload(), shelf.new_upload()
    for path in (old, new):
        path.write_text("x")
    os.utime(old, (1e9, 1e9))
    shelf.tidy()
    assert [path.name for path in shelf.incoming.iterdir()] == [new.name]


def test_the_owner_of_a_document_that_is_gone_is_forgotten(
    shelf: Shelf, settings: Settings
) -> None:
    """A damaged line hurts no other."""
    put(shelf, "a.md")
    put(shelf, "b.md")
    with (settings.corpus / FOLDER / ".owners.jsonl").open("a") as file:
        file.write('["c.md", \n')
    shelf.delete("b.md", by="anna")
    again = Shelf(settings)
    again.begin()
    assert (again.owners.of("a.md"), again.owners.of("b.md")) == ("anna", "")


def test_the_owner_is_known_while_another_thread_reads_the_file(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or else people's own documents leave their list, and can't be deleted, for a moment."""
    names = [put(shelf, f"{number}.md") for number in range(3)]
    meanwhile: list[str] = []
    read = json.loads

    def slow(line: str) -> Any:
        monkeypatch.setattr("chatbot.adding.owners.json.loads", read)
        with ThreadPoolExecutor(1) as executor:
            meanwhile.extend(executor.map(shelf.owners.of, names))
        return read(line)

    monkeypatch.setattr("chatbot.adding.owners.json.loads", slow)
    assert shelf.owners.of(names[0]) == "anna"
    assert meanwhile == ["anna"] * 3


def test_adding_is_off_where_it_would_do_harm(settings: Settings, tmp_path: Path) -> None:
    """A build from another folder would replace the documents of the one in service."""
    Shelf(settings).check_open(str(settings.corpus.resolve()))
    single = tmp_path / "one.jsonl"
    single.write_text("{}")
    for shelf, corpus, code in (
        (Shelf(settings), "/elsewhere", "adding_elsewhere"),
        (with_(settings, corpus=single), "", "adding_single"),
        (with_(settings, adding=False), "", "adding_off"),
    ):
        with pytest.raises(AddingOff) as refusal:
            shelf.check_open(corpus)
        assert refusal.value.code == code
