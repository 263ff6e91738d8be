"""What a person may do with added documents, over real builds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.adding.added_documents import Viewer
from chatbot.adding.desk import AddingDesk
from chatbot.adding.refusals import AddingOff, NameTaken
from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder
from chatbot.errors import NotFound, SkipKind
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import PRICE, RADAR, SHIPS, recording


@pytest.fixture
def chatbot(
    settings: Settings, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Chatbot]:
    """A chatbot that waits for a build; ships are for sailors, and bread is for bakers."""
    recording(encoder, monkeypatch)
    rule = '[[rule]]\npaths = ["{}"]\ngroups = ["{}"]\n'
    rules = rule.format("added/navy/", "sailors") + rule.format("bread.md", "bakers")
    (settings.corpus / ".chatbot-access.toml").write_text(rules)
    (settings.corpus / "bread.md").write_text("# Bread\n\nRye bread needs a night to rise.\n")
    with Chatbot.open(settings=settings, waiting=True) as opened:
        yield opened


@pytest.fixture
def desk(chatbot: Chatbot, settings: Settings) -> Iterator[AddingDesk]:
    """A desk that builds when the test does."""
    desk = AddingDesk(settings, lambda: chatbot.build)
    desk.queue.request = lambda: None  # type: ignore[method-assign]
    yield desk
    desk.close()


def viewer(chatbot: Chatbot, name: str, *groups: str) -> Viewer:
    """A person of these groups; without any, one who sees everything."""
    build = chatbot.for_groups(groups or None).build
    return Viewer(name, build, everything=not groups)


def put(desk: AddingDesk, by: Viewer, name: str, text: str, *, replace: bool = False) -> str:
    """Add a document."""
    upload = desk.shelf.new_upload()
    upload.write_text(text, "utf-8")
    return desk.add(upload, name, by, replace=replace)


def states(desk: AddingDesk, of: Viewer) -> dict[str, str]:
    """The documents that a person knows of."""
    return {each.file.name: each.state for each in desk.listing(of)}


def test_a_document_waits_then_answers_or_says_why_not(
    desk: AddingDesk, chatbot: Chatbot, settings: Settings
) -> None:
    """Then it's replaced, deleted and put back; each counts from the next build on."""
    anna = Viewer("anna", None, everything=True)
    for name, text in (("radar.md", RADAR), ("empty.md", ""), ("x.bak", RADAR)):
        put(desk, anna, name, text)
    (settings.corpus / ".chatbotignore").write_text("*.bak\n")
    assert set(states(desk, anna).values()) == {"waiting"}
    build_index(settings)
    anna = viewer(chatbot, "anna")
    desk.queue._update(began_ns=time.time_ns())
    assert states(desk, anna) == {"empty.md": "skipped", "radar.md": "ready", "x.bak": "left_out"}
    skipped, ready, _ = desk.listing(anna)
    assert skipped.reason
    assert skipped.reason.kind == SkipKind.NO_TEXT
    assert (ready.doc_id, ready.title, ready.by) == ("added/radar.md", "Radar", "anna")
    assert chatbot.ask(PRICE).citations[0].doc_id == "added/radar.md"
    put(desk, anna, "radar.md", RADAR.replace("nine", "seven"), replace=True)
    assert states(desk, anna)["radar.md"] == "waiting"
    build_index(settings)
    assert "seven" in chatbot.ask(PRICE).citations[0].quote
    same = RADAR.replace("nine", "seven")
    put(desk, viewer(chatbot, "anna"), "radar.md", same, replace=True)
    assert states(desk, viewer(chatbot, "anna"))["radar.md"] == "waiting"
    put(desk, viewer(chatbot, "anna"), "other.md", SHIPS)
    build_index(settings)
    assert states(desk, viewer(chatbot, "anna"))["radar.md"] == "ready"
    desk.delete("radar.md", viewer(chatbot, "anna"))
    build_index(settings)
    assert chatbot.document("added/radar.md") is None
    deleted = desk.trashed(viewer(chatbot, "anna"))[0]
    desk.restore(deleted.trash_id, viewer(chatbot, "anna"))
    build_index(settings)
    assert "seven" in chatbot.ask(PRICE).citations[0].quote


def test_any_server_process_knows_which_files_wait_for_a_decision(
    desk: AddingDesk, chatbot: Chatbot, settings: Settings
) -> None:
    """The upload and the click on Replace may reach two processes, as behind nginx."""
    anna, ben = (Viewer(name, None, everything=True) for name in ("anna", "ben"))
    other = AddingDesk(settings, lambda: chatbot.build)
    other.queue.request = lambda: None  # type: ignore[method-assign]
    for name in ("b.md", "a.md"):
        put(desk, anna, name, "before")
        upload = desk.shelf.new_upload()
        upload.write_text("after")
        assert desk.hold(upload, name, anna)
    assert [held.name for held in other.pending(anna)] == ["b.md", "a.md"]
    assert other.pending(ben) == []
    assert other.decide(ben, replace=True) == 0
    assert other.decide(anna, replace=True) == 2
    for name in ("a.md", "b.md"):
        assert (settings.corpus / "added" / name).read_text() == "after"
    assert desk.pending(anna) == []
    assert list(desk.shelf.incoming.iterdir()) == []


def test_a_hidden_document_doesnt_exist_except_that_its_name_is_taken(
    desk: AddingDesk, chatbot: Chatbot, settings: Settings
) -> None:
    """The rules of its folder decide who sees, replaces, deletes and restores a document."""
    build_index(settings)
    sailor = viewer(chatbot, "ben", "sailors")
    put(desk, sailor, "navy/ships.md", SHIPS)
    put(desk, sailor, "navy/empty.md", "")
    for build in (False, True):
        if build:
            build_index(settings)
        baker = viewer(chatbot, "eva", "bakers")
        assert states(desk, baker) == {}
        assert states(desk, viewer(chatbot, "ben", "sailors")).keys() == {
            "navy/empty.md",
            "navy/ships.md",
        }
        with pytest.raises(NotFound):
            desk.delete("navy/ships.md", baker)
        for replace in (False, True):
            with pytest.raises(NameTaken):
                put(desk, baker, "navy/ships.md", "mine", replace=replace)
    other = viewer(chatbot, "zoe", "sailors")
    assert states(desk, other) == {"navy/ships.md": "ready"}
    desk.delete("navy/ships.md", other)
    trash_id = desk.shelf.trashed()[0].trash_id
    for person in (viewer(chatbot, "eva", "bakers"), viewer(chatbot, "ben", "sailors")):
        assert desk.trashed(person) == []
        with pytest.raises(NotFound):
            desk.restore(trash_id, person)
    assert desk.restore(trash_id, viewer(chatbot, "ann")) == "navy/ships.md"


def test_whoever_adds_for_others_is_told_that_it_is_closed(
    desk: AddingDesk, chatbot: Chatbot, settings: Settings
) -> None:
    """A baker may put a document into the folder of the sailors, and take it back."""
    build_index(settings)
    put(desk, viewer(chatbot, "eva", "bakers"), "navy/cake.md", SHIPS)
    build_index(settings)
    baker = viewer(chatbot, "eva", "bakers")
    assert states(desk, baker) == {"navy/cake.md": "closed"}
    assert desk.listing(baker)[0].doc_id == ""
    desk.delete("navy/cake.md", baker)
    assert desk.shelf.files() == []


def test_after_a_crash_the_next_start_builds_what_was_added_or_deleted(
    settings: Settings, chatbot: Chatbot
) -> None:
    """And only then."""
    added = settings.corpus / "added"
    added.mkdir()
    (added / "radar.md").write_text(RADAR)
    for number, expected in enumerate((True, False, True, False)):
        if number == 2:
            (added / "radar.md").unlink()
        desk = AddingDesk(settings, lambda: chatbot.build)
        asked: list[bool] = []
        desk.queue.request = lambda: asked.append(True)  # type: ignore[method-assign] # noqa: B023
        desk.begin()
        assert bool(asked) is expected
        build_index(settings)


def test_documents_are_not_added_to_an_index_of_another_folder(
    chatbot: Chatbot, settings: Settings, tmp_path: Path
) -> None:
    """The next build would replace all documents."""
    build_index(settings)
    other = tmp_path / "other"
    other.mkdir()
    desk = AddingDesk(settings.model_copy(update={"corpus": other}), lambda: chatbot.build)
    with pytest.raises(AddingOff):
        put(desk, viewer(chatbot, "anna"), "a.md", "text")
    assert list(other.rglob("*.md")) == []
    desk.begin()
    assert not desk.progress.running


def test_putting_a_document_back_takes_nobody_elses_place(
    desk: AddingDesk, chatbot: Chatbot, settings: Settings
) -> None:
    """Who has deleted a document can't put it over a later one of its name that isn't theirs."""
    put(desk, Viewer("ann", None, everything=False), "plan.md", SHIPS)
    build_index(settings)
    desk.delete("plan.md", viewer(chatbot, "ann", "sailors"))
    build_index(settings)
    ann, bob = viewer(chatbot, "ann", "sailors"), viewer(chatbot, "bob", "sailors")
    put(desk, bob, "plan.md", RADAR)
    (deleted,) = desk.trashed(ann)
    with pytest.raises(NameTaken):
        desk.restore(deleted.trash_id, ann)
    assert (settings.corpus / "added" / "plan.md").read_text("utf-8") == RADAR
    assert len(desk.trashed(ann)) == 1
    # Who may see everything decides.
    desk.restore(deleted.trash_id, viewer(chatbot, "admin"))
    assert (settings.corpus / "added" / "plan.md").read_text("utf-8") == SHIPS
