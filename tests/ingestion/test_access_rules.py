"""Rules of access: what they match, what is refused, and builds that change only them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import CorpusError
from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import check_whole, read_manifest
from chatbot.index.rights import FILES, AccessRule, GroupCounts
from chatbot.ingestion.access_rules import FILE, AccessRules, document_path, read_access_rules
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.explain_rights import explain_rights
from chatbot.settings import Settings
from tests.building import BREAD, RADAR, SHIPS, Recorder, command, problem, run, write
from tests.shared import PROJECT

OMSK = '[[rule]]\npaths = ["omsk/"]\ngroups = ["arctic"]\n'


def rule_of(pattern: str, path: str) -> bool:
    """Whether a rule with this pattern decides about a path."""
    return AccessRules([AccessRule((pattern,), ("a",))]).rule_for(path) == 0


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("hr/", "hr/a.md"),
        ("hr/", "hr/deep/er/a.md"),
        ("hr/", "old/hr/a.md"),
        ("hr", "hr/a.md"),
        ("hr", "hr"),
        ("/hr/", "hr/a.md"),
        ("hr/**", "hr/a\nb.md"),
        ("hr/*", "hr/deep/a.md"),
        ("*.xlsx", "a/b/c.xlsx"),
        ("*", "a.md"),
        ("*", "a\n"),
        ("a/**/b.md", "a/b.md"),
        ("box.zip", "box.zip/../open.md"),
        ("box.zip/", "box.zip//open.md"),
        ("gr\u00f6\u00dfe/", "gro\u0308\u00dfe/a.md"),
        ("[ab].md", "a.md"),
    ],
)
def test_a_pattern_matches_like_gitignore(pattern: str, path: str) -> None:
    """It matches everything in a folder, and in a file of files, whatever the names there."""
    assert rule_of(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("hr/", "hr"),
        ("hr/", "hr.md"),
        ("/hr/", "old/hr/a.md"),
        ("a.md", "a.md\n"),
        ("*.md", "a.mdx"),
        ("hr/a.md", "x/hr/a.md"),
        ("hr", "hrx/a.md"),
    ],
)
def test_a_pattern_matches_nothing_else(pattern: str, path: str) -> None:
    """Otherwise a rule for everyone could open more than it says."""
    assert not rule_of(pattern, path)


def test_the_last_rule_decides_and_a_document_can_only_narrow_it() -> None:
    """Conditions come from one rule, and from the document itself."""
    rules = AccessRules(
        [AccessRule(("*",), ("staff",)), AccessRule(("hr/",), ("hr",)), AccessRule(("hr/x",), ())]
    )
    assert rules.conditions("a.md", None) == (("staff",),)
    assert rules.conditions("hr/a.md", None) == (("hr",),)
    assert rules.conditions("hr/x", None) == ()
    assert rules.conditions("hr/x", "board; hr") == (("board", "hr"),)
    assert rules.conditions("hr/a.md", "board") == (("board",), ("hr",))
    assert rules.conditions("hr/a.md", "") == ((), ("hr",))


def test_a_document_inside_a_file_stays_below_it() -> None:
    """This holds whatever its name is, and if the corpus is one file."""
    assert document_path("a.zip", "a.zip/b.md") == "a.zip/b.md"
    assert document_path("hr/a.cal", "open/b") == "hr/a.cal/open/b"
    assert document_path("list.jsonl", "17") == "list.jsonl/17"
    assert document_path("hr", "hrx/b") == "hr/hrx/b"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("rules = 1", "there is no key 'rules'; each rule begins with [[rule]]"),
        ("[rule]\npaths = ['a']", "each rule begins with [[rule]]"),
        ("[[rule]]\npaths = ['a']\ngroup = ['x']", "rule 1 has an unknown key 'group'"),
        ("[[rule]]\ngroups = ['x']", "rule 1 needs paths, a list of patterns"),
        ("[[rule]]\npaths = 'a'\ngroups = ['x']", "rule 1 needs paths, a list of patterns"),
        ("[[rule]]\npaths = []\ngroups = ['x']", "rule 1 needs paths, a list of patterns"),
        ("[[rule]]\npaths = ['a']", "rule 1 needs groups, a list of names, or everyone = true"),
        ("[[rule]]\npaths = ['a']\ngroups = []", "rule 1 needs groups"),
        ("[[rule]]\npaths = ['a']\ngroups = [1]", "rule 1 needs groups"),
        ("[[rule]]\npaths = ['a']\neveryone = false", "rule 1 needs either groups or everyone"),
        ("[[rule]]\npaths=['a']\neveryone=true\ngroups=['x']", "rule 1 needs either groups or"),
        ("[[rule]]\npaths = ['a']\ngroups = ['x;y']", "rule 1 has a group 'x;y'"),
        ("[[rule]]\npaths = ['a']\ngroups = [' x']", "rule 1 has a group ' x'"),
        *(
            (f"[[rule]]\npaths = ['{path}']\ngroups = ['x']", "isn't a path from the corpus")
            for path in ("/", "!a", "# a", " a", "a//b", "../a", "./a", "a/./b", "a\\b")
        ),
        ("[[rule]]\npaths = ['**']\ngroups = ['x']", "'**' isn't a valid pattern"),
        ("[[rule]]\npaths = ['[]a']\ngroups = ['x']", ""),
        ("[[rule]", "Expected"),
        ("\udcff", "can't decode byte"),
    ],
)
def test_rules_that_can_not_be_used_stop_the_build(
    settings: Settings, text: str, reason: str
) -> None:
    """Nothing is built, so that no document is opened by accident."""
    write(settings.corpus, {"radar.md": RADAR})
    (settings.corpus / FILE).write_text(text, "utf-8", errors="surrogateescape")
    if not reason:
        build_index(settings)
        return
    with pytest.raises(CorpusError) as refused:
        build_index(settings)
    start = f"The access rules in {settings.corpus / FILE} can't be used: "
    assert str(refused.value).startswith(start)
    assert reason in str(refused.value)
    assert not (settings.index / "CURRENT").exists()


def test_the_rules_in_the_documentation_are_valid(tmp_path: Path) -> None:
    """They close a folder except for one file."""
    page = (PROJECT / "docs" / "rights.md").read_text("utf-8")
    (tmp_path / FILE).write_text(page.split("```\n")[1])
    rules = read_access_rules(tmp_path / FILE)
    assert rules
    assert rules.conditions("hr/a.md", None) == (("hr", "management"),)
    assert rules.conditions("hr/holidays.md", None) == ()


@pytest.mark.parametrize("kind", ["folder", "broken link"])
def test_rules_that_can_not_be_read_stop_the_build(settings: Settings, kind: str) -> None:
    """A link to nowhere is not a corpus without rules."""
    write(settings.corpus, {"radar.md": RADAR})
    path = settings.corpus / FILE
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere.toml")
    with pytest.raises(CorpusError, match=r"can't be used: it can't be read \("):
        build_index(settings)


def test_rules_in_a_folder_stop_the_build(settings: Settings) -> None:
    """They'd have no effect there."""
    write(settings.corpus, {"radar.md": RADAR, f"omsk/{FILE}": OMSK, "omsk/a.md": SHIPS})
    with pytest.raises(CorpusError, match="has no effect, because rules are only read at the top"):
        build_index(settings)


def test_rules_that_are_gone_stop_the_build(settings: Settings) -> None:
    """This includes a build from scratch; an empty file lifts the rules."""
    write(settings.corpus, {"omsk/radar.md": RADAR, FILE: OMSK})
    build_index(settings)
    (settings.corpus / FILE).unlink()
    for fresh in (False, True):
        with pytest.raises(CorpusError, match="is missing, but the build in service has rules"):
            build_index(settings, fresh=fresh)
    write(settings.corpus, {FILE: ""})
    assert build_index(settings).published
    (settings.corpus / FILE).unlink()
    assert not build_index(settings).published


def test_changed_rules_change_nothing_but_rights(settings: Settings, recorder: Recorder) -> None:
    """No file is read and no text embedded; the other files of the build are shared."""
    write(settings.corpus, {"omsk/radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    first = layout.current(settings.index)
    recorder.take()
    write(settings.corpus, {FILE: OMSK})
    report = build_index(settings)
    second = layout.current(settings.index)
    assert (report.published, report.build) == (True, second.name)
    assert (report.read, report.carried, report.embedded_texts) == (0, 2, 0)
    assert recorder.take() == []
    check_whole(second)
    for name in read_manifest(first).seals:
        assert (first / name).samefile(second / name) == (name not in FILES)
    assert read_manifest(second).rights == GroupCounts(1, 0, {"arctic": 1})
    assert not build_index(settings).published
    write(settings.corpus, {"bread.md": BREAD})
    assert build_index(settings).read == 1
    with Chatbot.open(settings=settings) as chatbot:
        assert not chatbot.document("omsk/radar.md", groups=set())
        assert chatbot.document("omsk/radar.md", groups={"arctic"})


def test_a_pattern_that_matches_nothing_is_named(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """It is probably misspelt, and its documents are open."""
    write(settings.corpus, {"Omsk/radar.md": RADAR, FILE: OMSK})
    build_index(settings)
    assert caplog.messages == [f"No document matches omsk/ in {FILE}. Check the spelling."]


def test_rules_work_beside_a_corpus_of_one_file(settings: Settings, tmp_path: Path) -> None:
    """They name its documents below the file; metadata names groups like front matter."""
    records = [
        {"_id": "1", "text": "The radar cost nine roubles."},
        {"_id": "2", "text": "Rye bread needs a night."},
        {"_id": "3", "text": "Three frigates left.", "metadata": {"groups": ["navy"]}},
    ]
    corpus = tmp_path / "list.jsonl"
    corpus.write_text("\n".join(map(json.dumps, records)))
    rules = '[[rule]]\npaths = ["list.jsonl/1"]\ngroups = ["arctic"]\n'
    write(tmp_path, {FILE: rules})
    settings = settings.model_copy(update={"corpus": corpus})
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        seen = [document.doc_id for document in chatbot.documents(groups={"arctic"})]
        assert seen == ["1", "2"]
        assert [document.doc_id for document in chatbot.documents(groups={"navy"})] == ["2", "3"]


def test_the_rule_behind_a_document_is_explained(settings: Settings) -> None:
    """By its number, its paths, and the groups that the document names itself."""
    head = "---\ngroups: board\n---\n"
    write(settings.corpus, {"omsk/radar.md": head + RADAR, "ships.md": SHIPS, FILE: OMSK})
    build_index(settings)
    build = FolderBuild(layout.current(settings.index))
    explained = explain_rights(build, "omsk/radar.md")
    assert explained.conditions == (("arctic",), ("board",))
    assert (explained.rule, explained.rule_paths, explained.own_groups) == (
        *(1, ("omsk/",)),
        ("board",),
    )
    assert explain_rights(build, "ships.md").conditions == ()
    assert explain_rights(build, "omsk/new.md").conditions == (("arctic",),)
    assert not explain_rights(build, "omsk/new.md").indexed
    build.close()


def test_a_document_is_explained_by_any_path_that_leads_to_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell completes paths from the working folder; "everyone may see it" would be wrong."""
    anchored = '[[rule]]\npaths = ["/omsk/"]\ngroups = ["arctic"]\n'
    write(settings.corpus, {"omsk/radar.md": RADAR, "ships.md": SHIPS, FILE: anchored})
    build_index(settings)
    build = FolderBuild(layout.current(settings.index))
    for folder, path in (
        (".", "./omsk/radar.md"),
        (".", "omsk/../omsk/radar.md"),
        (".", str(settings.corpus / "omsk" / "radar.md")),
        ("..", f"{settings.corpus.name}/omsk/radar.md"),
        ("omsk", "radar.md"),
    ):
        monkeypatch.chdir(settings.corpus / folder)
        explained = explain_rights(build, path)
        assert (explained.path, explained.indexed) == ("omsk/radar.md", True)
        assert explained.conditions == (("arctic",),)
    monkeypatch.chdir(settings.corpus)
    for path in ("omsk", "omsk/", "./omsk/new.md"):
        assert explain_rights(build, path).conditions == (("arctic",),)
    for path in ("ships.md", "../ships.md", "new.md", "."):
        assert explain_rights(build, path).conditions == ()
    build.close()


def test_the_command_line_asks_for_a_group_and_explains(settings: Settings) -> None:
    """`ask --group`, `info` and `access why` agree; a roll-back to other rules says so."""
    folders = ("--corpus", settings.corpus, "--index", settings.index)
    write(settings.corpus, {"omsk/radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    write(settings.corpus, {FILE: OMSK})
    build_index(settings)
    index = folders[2:]
    price = ("ask", "What did the radar cost?", "--json", *index)
    shown = {}
    for group in ("arctic", "others"):
        answer = json.loads(run(command(*price, "--group", group)).stdout)
        shown[group] = [card["doc_id"] for card in answer["citations"] or answer["nearest"]]
    assert "omsk/radar.md" in shown["arctic"]
    assert shown["others"] == ["ships.md"]
    info = run(command("info", *index)).stdout
    assert "who may see  documents\neveryone     1\narctic       1\n" in info
    why = run(command("access", "why", "omsk/radar.md", *index)).stdout
    assert why == "omsk/radar.md is for members of arctic.\nrule 1  omsk/  arctic\n"
    back = run(command("build", "--rollback", *folders))
    assert "This build has other access rules than the one before" in back.stderr
    (settings.corpus / FILE).write_text("x = 1")
    assert "can't be used: there is no key 'x'" in problem(run(command("build", *folders)))
