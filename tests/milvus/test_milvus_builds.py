"""An index in Milvus follows the corpus build by build, like one in a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.encoder import Encoder, open_encoder, resolve_model
from chatbot.errors import UsageError
from chatbot.index.find_builds import find_builds
from chatbot.index.milvus.connection import Connection
from chatbot.index.visible_build import visible_build
from chatbot.index_address import milvus_address
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from chatbot.types import Filters
from tests.building import BREAD, NINE, PRICE, RADAR, SHIPS, write
from tests.milvus.same import assert_same, both, local

QUESTIONS = (PRICE, "frigates at dawn in Vladivostok", "rye bread and beer", "zebrafinch")
TAGGED = "---\ntags: [arms]\ndate: 2020-05\nlanguage: en\n---\n# Arms\n\nThe radar jams.\n"


def encoder_of(settings: Settings) -> Encoder:
    return open_encoder(resolve_model(settings), cache=settings.cache, compiled=False)


def compare(settings: Settings, filters: Sequence[Filters] = (Filters(),)) -> None:
    """The build in service is the same in Milvus as in the folder."""
    milvus, folder = both(settings)
    encoder = encoder_of(settings)
    try:
        assert_same(milvus, folder, QUESTIONS, encoder, filters)
    finally:
        milvus.close()
        folder.close()


def entities(settings: Settings) -> int:
    """The number of passages in Milvus, of all builds."""
    address = milvus_address(settings.index)
    assert address
    connection = Connection(address, settings.milvus_access)
    counts = [
        connection.count(name, "build > 0")
        for name in connection.collections()
        if "_passages_" in name
    ]
    connection.close()
    return sum(counts)


def note(name: str, price: str = "nine") -> str:
    """Documents of the same length, because another typical length changes every impact."""
    return f"# {name}\n\nThe {name} cost {price} roubles. It went to Omsk.\n"


def test_builds_add_change_delete_and_go_back(settings: Settings) -> None:
    """Only changed documents are copied; dropped ones go with the last build that has them."""
    write(settings.corpus, {"radar.md": note("radar"), "ships.md": note("ships")})
    first = build_index(settings)
    assert first.published
    assert not build_index(settings).published
    compare(settings)
    assert entities(settings) == 2

    write(settings.corpus, {"bread.md": note("bread"), "radar.md": note("radar", "five")})
    second = build_index(settings)
    compare(settings)
    assert entities(settings) == 4  # the ships are shared

    (settings.corpus / "ships.md").unlink()
    third = build_index(settings)
    compare(settings)
    assert entities(settings) == 4

    with Chatbot.open(settings=settings) as chatbot:
        assert chatbot.build.name == third.build
        # Permalinks to kept builds.
        old = chatbot.build_named(first.build)
        assert old is not None
        answer, _ = chatbot.ask_and_rank(PRICE, build=old)
        assert answer.citations[0].quote == NINE
        assert answer.citations[0].verified
        document = old.document("ships.md")
        assert document is not None
        assert document.text.startswith("ships\n")
        assert chatbot.build.document("ships.md") is None
        assert chatbot.ask(PRICE).citations[0].quote == NINE.replace("nine", "five")

        builds = find_builds(settings)
        assert builds.roll_back() == second.build
        assert builds.roll_back() == first.build
        with pytest.raises(UsageError, match=r"There is no build before .* to roll back to\."):
            builds.roll_back()
        builds.close()
        _expire(chatbot)
        assert chatbot.ask(PRICE).build == first.build
    # The folder wasn't rolled back: its build is put into service again.
    assert build_index(settings).published
    compare(settings)
    assert entities(settings) == 4

    write(settings.corpus, {"radar.md": note("radar", "four")})
    build_index(settings)  # the first build goes, and its radar with it
    compare(settings)
    assert entities(settings) == 4
    write(settings.corpus, {"radar.md": note("radar")})
    build_index(settings)  # the second build goes, and the ships with it
    compare(settings)
    assert entities(settings) == 4


def _expire(chatbot: Chatbot) -> None:
    """Make a server read the state again, which it otherwise does every second."""
    chatbot._service._builds._known = None  # type: ignore[attr-defined]


def test_what_is_gone_takes_no_place_among_the_hits(settings: Settings) -> None:
    """Seven of eight documents change, so Milvus has seven others that are as near."""
    names = [f"radar{number}" for number in range(8)]
    write(settings.corpus, {f"{name}.md": note(name) for name in names})
    build_index(settings)
    write(settings.corpus, {f"{name}.md": note(name, "five") for name in names[1:]})
    build_index(settings)
    assert entities(settings) == 15
    compare(settings)


def test_filters_admit_the_same_passages(settings: Settings) -> None:
    """By document, folder, tag, source, language and date, in both arms."""
    files = {"a/radar.md": RADAR, "b/ships.md": SHIPS, "b/arms.md": TAGGED, "bread.md": BREAD}
    write(settings.corpus, files)
    build_index(settings)
    compare(
        settings,
        (
            Filters(document=("a/radar.md",)),
            Filters(folder=("b",)),
            Filters(tag=("arms",)),
            Filters(tag=("nothing",)),
            Filters(source=("bread.md", "b/ships.md", "a/radar.md")),
            Filters(language=("en",)),
            Filters(date_from="2020", date_to="2020-12"),
            Filters(date_to="2019"),
        ),
    )


def test_people_see_the_same_and_nothing_else(settings: Settings) -> None:
    """This holds for every circle, for an older build under newer rules, too.

    Statistics of words count the same passages, although Milvus can't count them.
    """
    rules = '[[rule]]\npaths = ["{}"]\ngroups = ["arctic"]\n'
    files = {"radar.md": RADAR, "ships.md": SHIPS, "arms.md": TAGGED, "bread.md": BREAD}
    write(settings.corpus, {**files, ".chatbot-access.toml": rules.format("ships.md")})
    first = build_index(settings)
    write(settings.corpus, {".chatbot-access.toml": rules.format("radar.md")})
    report = build_index(settings)  # nothing is copied but the rules
    assert (report.embedded_texts, entities(settings)) == (0, 4)
    folders, milvus = local(settings), find_builds(settings)
    encoder = encoder_of(settings)
    for name in (first.build, report.build):
        for groups in ({"arctic"}, set[str](), {"other"}):
            parts = [
                visible_build(builds.open(name), groups, current=builds.open(report.build))
                for builds in (milvus, folders)
            ]
            visible = {*parts[1].document_ids}
            assert ("radar.md" in visible) == (groups == {"arctic"})
            assert_same(parts[0], parts[1], QUESTIONS, encoder)
    milvus.close()


def test_an_index_is_copied_from_a_folder(settings: Settings, tmp_path: Path) -> None:
    """The build keeps its name, and copying it again changes nothing."""
    from chatbot.ingestion.build_index import copy_index

    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    folder = tmp_path / "folder"
    report = build_index(settings.model_copy(update={"index": folder}))
    address = milvus_address(settings.index)
    assert address
    assert copy_index(folder, settings, address)
    assert not copy_index(folder, settings, address)
    with Chatbot.open(settings=settings) as chatbot:
        answer = chatbot.ask(PRICE)
        assert (answer.build, answer.citations[0].quote) == (report.build, NINE)
