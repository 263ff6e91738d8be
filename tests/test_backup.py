"""A backup is whole and private, and restoring it loses nothing."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chatbot.access import Role
from chatbot.access.access_file import AccessFile, hash_of
from chatbot.access.sessions import Sessions
from chatbot.access.tokens import Tokens
from chatbot.access.users import Users
from chatbot.backup import BackupError, back_up, restore
from chatbot.cli.commands import app
from chatbot.errors import ChatbotError, IndexDamaged, IndexMissing
from chatbot.feedback import feedback_store
from chatbot.index import layout
from chatbot.settings import Settings, load_settings
from tests.index.test_layout import written
from tests.security.test_feedback_file import thumb


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An index of two builds with feedback and a settings file, in a folder of its own."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "chatbot.toml").write_text("top_k = 7\n")
    settings = load_settings(index=folder / "index")
    for name in ("1", "2"):
        written(settings.index, name)
    store = feedback_store(settings)
    store.save(thumb(1, comment="good"))
    store.count({("2026-01-01", "strong"): 3})
    file = AccessFile(settings.users_file)
    with file.writing() as connection:
        # Not hashed here: an argon2 hash takes a quarter of a second.
        connection.execute("INSERT INTO users VALUES ('anna', 'reader', '[]', 'h', '', 1, 1, 2)")
    Tokens(file).add("nightly", Role.CURATOR, ["trade"], days=9)
    Sessions(file, hours=1).start("anna")
    file.key("sessions-users")
    return settings


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Another machine without anything."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return load_settings(index=folder / "index")


def access_of(settings: Settings) -> list[Any]:
    """Users with what is stored of them, and tokens."""
    with AccessFile(settings.users_file).reading() as connection:
        assert connection
        tables = ("SELECT * FROM users", "SELECT * FROM tokens")
        return [connection.execute(query).fetchall() for query in tables]


def files(build: Path) -> dict[str, bytes]:
    return {
        path.relative_to(build).as_posix(): path.read_bytes()
        for path in build.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["monday.tar", "monday.tar.gz"])
def test_a_restored_index_is_the_one_that_was_backed_up(
    home: Settings, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Byte for byte, with feedback and settings, on a machine that has nothing."""
    target = tmp_path / name
    assert back_up(home, target) == "2"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    settings = load_settings(index=other / "index")
    result = restore(settings, target)
    assert (result.build, result.thumbs, result.access, result.settings) == ("2", 1, 2, True)
    assert files(layout.current(settings.index)) == files(layout.current(home.index))
    assert feedback_store(settings).thumbs() == feedback_store(home).thumbs()
    assert feedback_store(settings).days(9) == feedback_store(home).days(9)
    assert access_of(settings) == access_of(home)
    with AccessFile(settings.users_file).reading() as connection:
        assert connection
        for table in ("sessions", "keys", "attempts"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchall() == [(0,)]
    assert (other / "chatbot.toml").read_text() == "top_k = 7\n"
    assert layout.build_names(settings.index) == ["2"]
    assert [*(settings.index / "builds").glob(".*")] == []


def test_restoring_keeps_what_came_after_the_backup(home: Settings, tmp_path: Path) -> None:
    """Later thumbs, builds, users and settings stay; a token that was revoked stays revoked."""
    target = tmp_path / "monday.tar"
    back_up(home, target)
    written(home.index, "3")
    store = feedback_store(home)
    Tokens(AccessFile(home.users_file)).revoke("nightly")
    store.save(thumb(1, comment="better"))
    store.save(thumb(2))
    store.count({("2026-01-01", "strong"): 2})
    Path("chatbot.toml").write_text("top_k = 8\n")
    result = restore(home, target)
    assert (result.build, result.thumbs, result.access, result.settings) == ("2", 0, 0, False)
    assert Tokens(AccessFile(home.users_file)).all() == ()
    assert [user.name for user in Users(AccessFile(home.users_file)).all()] == ["anna"]
    assert layout.current(home.index).name == "2"
    assert layout.build_names(home.index) == ["1", "2", "3"]
    assert {kept.ballot: kept.comment for kept in store.thumbs()} == {"1": "better", "2": ""}
    assert [day.strong for day in store.days(9)] == [5]
    assert Path("chatbot.toml").read_text() == "top_k = 8\n"


def test_a_damaged_backup_changes_nothing(home: Settings, tmp_path: Path) -> None:
    """This holds for one that is cut short and for one with a wrong byte."""
    target = tmp_path / "monday.tar"
    back_up(home, target)
    content = target.read_bytes()
    place = content.index(b"2", content.index(b"lexical/words") + 512)
    written(home.index, "3")
    for wrong in (content[:700], content[:place] + b"9" + content[place + 1 :], b"", b"x" * 2000):
        target.write_bytes(wrong)
        with pytest.raises((BackupError, IndexDamaged)):
            restore(home, target)
        assert layout.current(home.index).name == "3"
        assert [*(home.index / "builds").glob(".*")] == []


@pytest.mark.parametrize("name", ["feedback.sqlite", "access.sqlite"])
def test_a_backup_whose_feedback_or_users_are_damaged_changes_nothing(
    home: Settings, tmp_path: Path, name: str
) -> None:
    """The build in it may be whole."""
    target, damaged = tmp_path / "monday.tar", tmp_path / "damaged.tar"
    back_up(home, target)
    written(home.index, "3")
    with tarfile.open(target) as whole, tarfile.open(damaged, "w") as archive:
        for member in whole:
            content = whole.extractfile(member)
            assert content
            data = b"damaged" * 1_000 if member.name == name else content.read()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with pytest.raises(BackupError, match=r"damaged\.tar can't be read \(file is not a database\)"):
        restore(home, damaged)
    assert layout.current(home.index).name == "3"
    assert [*(home.index / "builds").glob(".*")] == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_restored_settings_are_as_private_as_they_were(
    home: Settings, tmp_path: Path, mode: int
) -> None:
    """They may have the secrets of a provider and of a Milvus server."""
    Path("chatbot.toml").chmod(mode)
    back_up(home, tmp_path / "monday.tar")
    Path("chatbot.toml").unlink()
    assert restore(home, tmp_path / "monday.tar").settings
    assert stat.S_IMODE(Path("chatbot.toml").stat().st_mode) == mode


@pytest.mark.parametrize(
    "name",
    ["../evil", "/tmp/evil", "build/2/../../evil", "build/../evil", "other", "build/evil"],  # noqa: S108
)
@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.SYMTYPE])
def test_a_hostile_archive_writes_nothing_outside(
    elsewhere: Settings, tmp_path: Path, name: str, kind: bytes
) -> None:
    """Its names and links don't lead out of the build."""
    target = tmp_path / "evil.tar"
    with tarfile.open(target, "w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        member.size = 4 if kind == tarfile.REGTYPE else 0
        archive.addfile(member, io.BytesIO(b"evil"))
    with pytest.raises(ChatbotError):
        restore(elsewhere, target)
    assert [path for path in tmp_path.rglob("*evil*") if path != target] == []
    assert not Path("/tmp/evil").exists()  # noqa: S108


def test_a_backup_lets_nobody_in(home: Settings, tmp_path: Path) -> None:
    """It has neither sessions nor the key that signs cookies, also not in its unused bytes."""
    file = AccessFile(home.users_file)
    secret = Sessions(file, hours=1).start("anna")
    target = tmp_path / "monday.tar"
    back_up(home, target)
    content = target.read_bytes()
    assert b"nightly" in content
    for private in (file.key("sessions-users"), hash_of(secret)):
        assert private.encode() not in content


def test_without_an_index_there_is_nothing_to_back_up(elsewhere: Settings, tmp_path: Path) -> None:
    """No file is left, and a folder that isn't there is named."""
    with pytest.raises(IndexMissing):
        back_up(elsewhere, tmp_path / "monday.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_the_commands_say_what_they_did(home: Settings, tmp_path: Path) -> None:
    """Each prints one line; a missing folder or file is an error with the next step."""
    target = tmp_path / "monday.tar"
    run = CliRunner().invoke
    done = run(app, ["backup", str(target), "--index", str(home.index)])
    assert done.output == f"Build 2, feedback, users and settings are in {target}.\n"
    done = run(app, ["restore", str(target), "--index", str(home.index)])
    assert done.output == "Build 2 is in service; 0 thumbs added.\n"
    for call in (lambda: back_up(home, tmp_path / "no" / "x.tar"), lambda: restore(home, tmp_path)):
        with pytest.raises(BackupError, match=r"[Nn]ame a(nother)? file"):
            call()
    with pytest.raises(BackupError, match="x can't be read"):
        restore(home, target / "x")
    for folder in (tmp_path, Path()):
        with pytest.raises(BackupError, match=r"is a folder\. Name a file in it\."):
            back_up(home, folder)
