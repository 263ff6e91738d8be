"""The part of a build that some people may see, method by method."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.opened_build import Build
from chatbot.index.rights import AccessRule, GroupCounts, Rights
from chatbot.index.visible_build import VisibleBuild, visible_build
from chatbot.ingestion.build_index import build_index
from chatbot.settings import load_settings
from chatbot.types import Filters
from tests.building import RADAR, letters_registered, write

LEDGER = (
    "---\ntags: [arms]\ndate: 1987\nlanguage: de\n---\n# Ledger\n\nThe zebrafinch cost the radar.\n"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Three documents: a.md, hidden/b.md and z.md."""
    home = tmp_path_factory.mktemp("visible")
    rules = '[[rule]]\npaths = ["hidden/"]\ngroups = ["arctic"]\n'
    files = {"a.md": RADAR, "hidden/b.md": LEDGER, "z.md": RADAR, ".chatbot-access.toml": rules}
    write(home / "corpus", files)
    with letters_registered():
        settings = load_settings(corpus=home / "corpus", index=home / "index", model="letters")
        build_index(settings)
    build = FolderBuild(layout.current(settings.index))
    yield build
    build.close()


@pytest.fixture
def part(whole: Build) -> VisibleBuild:
    """What people outside the group may see."""
    build = visible_build(whole, (), current=whole)
    assert isinstance(build, VisibleBuild)
    return build


def test_neither_arm_returns_hidden_passages(whole: Build, part: VisibleBuild) -> None:
    """This holds with filters and without, and if a hidden document is asked for by its number."""
    vector = np.full(26, 26**-0.5, np.float32)
    everything = dict.fromkeys(whole.terms("radar zebrafinch cost"), 1.0)
    hidden = whole.passage_rows("hidden/b.md")
    for allowed in (None, part.allowed(Filters()), part.allowed_documents([0, 1, 2])):
        for rows, _ in (
            part.dense_hits(vector, 9, allowed),
            part.lexical_hits(everything, 9, allowed),
        ):
            assert len(rows)
            assert not {*hidden} & {*rows.tolist()}
            assert {*part.owners(rows)} <= {"a.md", "z.md"}
    assert {*hidden} <= {*whole.lexical_hits(everything, 9, None)[0].tolist()}
    assert not part.admitted(part.allowed(Filters(document=("hidden/b.md",))))


def test_words_of_hidden_passages_are_in_no_document(whole: Build, part: VisibleBuild) -> None:
    """The statistics of a word that others have too count the visible passages alone."""
    terms = whole.terms("zebrafinch radar")
    assert whole.document_frequencies(terms) == [1, 3]
    assert part.document_frequencies(terms) == [0, 2]
    assert (len(whole), len(part)) == (3, 2)


def test_the_catalogue_has_no_hidden_document(part: VisibleBuild) -> None:
    """By id, by filter, by name, in counts, and among the originals."""
    catalog = part.catalog
    assert part.document("hidden/b.md") is None
    assert part.passage_rows("hidden/b.md") == range(0)
    assert catalog.text("hidden/b.md") == ("", "")
    assert part.original("hidden/b.md") is None
    assert part.document_ids == ["a.md", "z.md"]
    assert [document.doc_id for document in part.documents(Filters())] == ["a.md", "z.md"]
    assert part.documents(Filters(tag=("arms",))) == []
    assert catalog.names().listing("ledger", first=0, most=9).matching == 0
    assert [row.path for row in catalog.files()] == ["a.md", "z.md"]
    assert catalog.titles() == ["Radar", "Radar"]
    assert catalog.languages("documents") == {"en": 2}
    assert [document.doc_id for document in catalog.documents()] == ["a.md", "z.md"]
    assert {facet.name for facet in catalog.facets(Filters(), most=9).facets} == {
        "document",
        "source",
    }


def test_the_manifest_counts_what_is_visible(whole: Build, part: VisibleBuild) -> None:
    """It has nothing of the rules or the groups."""
    assert whole.manifest.rights == GroupCounts(2, 0, {"arctic": 1})
    manifest = part.manifest
    assert (manifest.files, manifest.documents, manifest.passages) == (2, 2, 2)
    assert manifest.rights == GroupCounts(2)
    assert part.rights.rules == ()


def test_the_same_people_share_a_view_and_insiders_get_the_build(whole: Build) -> None:
    """Their other groups don't matter. A view without documents is a view, too."""
    assert visible_build(whole, {"x"}, current=whole) is visible_build(whole, (), current=whole)
    assert visible_build(whole, {"x", "arctic"}, current=whole) is whole
    nothing = VisibleBuild(whole, np.empty(0, np.int64))
    assert bool(nothing)
    assert len(nothing) == 0


def test_a_person_needs_a_group_of_every_condition() -> None:
    """Conditions without groups admit nobody; no conditions admit everyone."""
    conditions = ((), (("a", "b"),), (("a",), ("c",)), ((),))
    rights = Rights.of([AccessRule(("*",), ("a",))], conditions)
    assert rights.visible(()).tolist() == [True, False, False, False]
    assert rights.visible({"b"}).tolist() == [True, True, False, False]
    assert rights.visible({"a", "c"}).tolist() == [True, True, True, False]
    assert rights.counts() == GroupCounts(1, 1, {"a": 2, "b": 1, "c": 1})
