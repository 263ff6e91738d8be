"""Every file found is accounted for, and excluded files are counted."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chatbot.assistant import Chatbot
from chatbot.cli.file_account import skipped_rows
from chatbot.errors import CorpusError, SkipKind, SkipReason
from chatbot.index import layout
from chatbot.index.manifest import FormatCount, SkippedFile, read_manifest
from chatbot.ingestion.build_index import BuildReport, build_index
from chatbot.ingestion.scan import scan
from chatbot.settings import Settings, load_settings
from tests.building import BREAD, PRICE, RADAR, SHIPS, command, first_quote, run, write
from tests.readers.packages import zipped

MESSAGE = (
    "Message-ID: <1>\nSubject: Radar\nContent-Type: multipart/mixed; boundary=x\n\n"
    "--x\n\nThe radar cost nine roubles.\n"
    "--x\nContent-Disposition: attachment; filename=photo.gif\n\nGIF89a\n\n--x--\n"
)
GIF = b"GIF89a" + bytes(50)
CONTENTS = (
    RADAR.encode(),
    SHIPS.encode(),
    b"",
    b"{",
    b'{"_id": "a", "text": "It rises."}\n',
    GIF,
    MESSAGE.encode("latin-1"),
    b"PK\x03\x04 cut short",
    zipped(("a.md", BREAD), ("b.gif", GIF)),
    zipped(("b.gif", GIF)),
    b"x" * 200_000,
)
NAMES = st.sampled_from(
    [f"{folder}{name}{suffix}" for folder in ("", "a/", "b/c/") for name in "xy"
     for suffix in (".md", ".txt", ".jsonl", ".zip", ".eml", ".gif", "")]
)  # fmt: skip


def accounted(report: BuildReport) -> int:
    return report.read + report.carried + len(report.skipped)


# -- every file ------------------------------------------------------------------------------


@given(
    st.lists(st.dictionaries(NAMES, st.sampled_from(CONTENTS), min_size=1), min_size=1, max_size=3)
)
@hypothesis(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_file_is_accounted_for(states: list[dict[str, bytes]]) -> None:
    """This holds for any corpus and any change between builds."""
    with TemporaryDirectory() as home:
        corpus = Path(home) / "corpus"
        settings = load_settings(corpus=corpus, index=Path(home) / "index", file_megabytes=0.1)
        write(corpus, {"always.md": RADAR})
        for state in states:
            for name, content in state.items():
                (corpus / name).parent.mkdir(parents=True, exist_ok=True)
                (corpus / name).write_bytes(content)
            paths = [path for path in corpus.rglob("*") if path.is_file()]
            report = build_index(settings)
            assert accounted(report) == len(paths)
            manifest = read_manifest(layout.current(settings.index))
            assert manifest.files == len(paths)
            assert sum(count.found for count in manifest.formats.values()) == len(paths)
            indexed = sum(count.read for count in manifest.formats.values())
            assert indexed == len(paths) - len(manifest.skipped)
            skipped = {file.path for file in manifest.skipped}
            with Chatbot.open(settings=settings) as chatbot:
                rows = {row.path for row in chatbot.build.catalog.files()}
                sources = [
                    chatbot.build.catalog.file_of(d.doc_id).path for d in chatbot.documents()
                ]
            assert rows == {path.relative_to(corpus).as_posix() for path in paths}
            # A file has either documents or a reason for skipping it.
            assert {*sources} == rows - skipped


def test_parts_skipped_inside_a_file_are_listed_and_carried_over(settings: Settings) -> None:
    """The report, manifest and `info` list them, also after a build that carried the file over."""
    write(settings.corpus, {"radar.md": RADAR})
    (settings.corpus / "a.zip").write_bytes(zipped(("ships.md", SHIPS), ("photo.gif", GIF)))
    part = SkippedFile("a.zip/photo.gif", SkipKind.UNSUPPORTED, ".gif (image/gif)")
    report = build_index(settings)
    assert (report.read, report.skipped, report.parts) == (2, (), (part,))
    assert build_index(settings).parts == (part,)
    write(settings.corpus, {"radar.md": BREAD})
    report = build_index(settings)
    assert (report.read, report.carried, report.parts) == (1, 1, (part,))
    assert read_manifest(layout.current(settings.index)).parts == (part,)
    words = command("info", "--index", settings.index)
    assert "a.zip/photo.gif  unsupported format: .gif (image/gif)" in run(words).stdout
    info = json.loads(run([*words, "--json"]).stdout)
    assert info["parts"] == [{"path": part.path, "kind": part.kind, "detail": part.detail}]
    with Chatbot.open(settings=settings) as chatbot:
        assert chatbot.build.catalog.file_of("a.zip/ships.md").path == "a.zip"


def test_a_file_whose_parts_are_all_skipped_is_skipped(settings: Settings) -> None:
    """It has the reason that its parts share; the parts are listed as well."""
    write(settings.corpus, {"radar.md": RADAR})
    (settings.corpus / "a.zip").write_bytes(zipped(("1.gif", GIF), ("2.gif", GIF)))
    (settings.corpus / "b.zip").write_bytes(zipped(("1.gif", GIF), ("2.txt", "")))
    report = build_index(settings)
    assert report.skipped == (
        SkippedFile("a.zip", SkipKind.UNSUPPORTED, "all 2 files inside"),
        SkippedFile("b.zip", SkipKind.NO_TEXT, "all 2 files inside"),
    )
    assert len(report.parts) == 4


def test_formats_are_counted(settings: Settings) -> None:
    """The detected format counts, not the name; files that can't be opened are separate."""
    write(settings.corpus, {"a.md": RADAR, "b.md": "", "c.txt": "<!doctype html><p>Ships left."})
    (settings.corpus / "link.md").symlink_to("a.md")
    formats = build_index(settings).formats
    assert formats == {
        "text/markdown": FormatCount(2, 1),
        "": FormatCount(1, 0),
        "text/html": FormatCount(1, 1),
    }


def test_duplicates_are_counted(settings: Settings) -> None:
    """Files with the same text count as duplicates, whatever their format."""
    text = "The radar cost nine roubles."
    write(
        settings.corpus, {"a.md": text, "b.txt": text, "c.html": f"<html><p>{text}", "d.md": SHIPS}
    )
    report = build_index(settings)
    assert (report.documents, report.duplicates) == (4, 2)
    output = run(command("info", "--index", settings.index)).stdout
    assert "4, of which 2 duplicates" in output


# -- excluded files --------------------------------------------------------------------------


def test_chatbotignore_excludes_files(settings: Settings) -> None:
    """Git's rules for folders, wildcards and exceptions apply; the nearest pattern decides."""
    write(
        settings.corpus,
        {
            ".chatbotignore": "# drafts\ndrafts/\n*.log\n!keep.log\n/top.md\n",
            "radar.md": RADAR,
            "keep.log": SHIPS,
            "run.log": SHIPS,
            "top.md": SHIPS,
            "more/top.md": BREAD,
            "drafts/a.md": SHIPS,
            "drafts/deep/b.md": SHIPS,
            "drafts/.hidden.md": SHIPS,
            "more/drafts": BREAD,
            "old/.chatbotignore": "*\n!radar.md\n",
            "old/radar.md": RADAR,
            "old/ships.md": SHIPS,
        },
    )
    listing = scan(settings.corpus, index=settings.index, largest=10_000)
    assert [file.name for file in listing.files] == [
        "keep.log", "more/drafts", "more/top.md", "old/radar.md", "radar.md",
    ]  # fmt: skip
    assert listing.ignored == 5


def test_gitignore_and_defaults_leave_files_out_and_are_counted_by_cause(
    settings: Settings,
) -> None:
    """`.chatbotignore` may include such a file again; an invalid line of Git's is passed over."""
    write(
        settings.corpus,
        {
            ".gitignore": "build/\n*.tmp.md\n[\n",
            "radar.md": RADAR,
            "build/out.md": SHIPS,
            "a.tmp.md": SHIPS,
            "site/.gitignore": "ships.md\n",
            "site/ships.md": SHIPS,
            "site/bread.md": BREAD,
            "site/node_modules/lib/readme.md": SHIPS,
            "site/package-lock.json": "{}",
            "site/yarn.lock": "x",
            "site/app.min.js": "x",
            "kept/.chatbotignore": "!yarn.lock\n",
            "kept/yarn.lock": "x",
        },
    )
    listing = scan(settings.corpus, index=settings.index, largest=10_000)
    assert [file.name for file in listing.files] == ["kept/yarn.lock", "radar.md", "site/bread.md"]
    assert listing.ignored_by == {".gitignore": 3, "default": 4}
    info = run(command("build", "--corpus", settings.corpus, "--index", settings.index)).stdout
    assert "7 files left out: " in info
    assert "4 by default (node_modules, lock files, minified code)" in info


def test_a_corpus_that_is_ignored_as_a_whole_says_how_to_include_it(settings: Settings) -> None:
    """A folder of a project may be in its `.gitignore`."""
    write(settings.corpus, {"radar.md": RADAR, ".gitignore": "*\n"})
    with pytest.raises(CorpusError, match=r"\.gitignore patterns exclude all 1 files .* !\*\.md"):
        scan(settings.corpus, index=settings.index, largest=10_000)


def test_a_changed_pattern_takes_effect_at_once(settings: Settings) -> None:
    """An excluded file stops answering and is counted; included again, it answers again."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    write(settings.corpus, {".chatbotignore": "radar.*\n"})
    report = build_index(settings)
    assert (report.published, report.carried, report.ignored) == (True, 1, 1)
    assert first_quote(settings, PRICE) in SHIPS
    info = run(command("info", "--index", settings.index)).stdout
    assert "1 file left out by .chatbotignore." in info
    write(settings.corpus, {".chatbotignore": ""})
    assert build_index(settings).ignored == 0
    assert first_quote(settings, PRICE) == "The radar cost nine roubles."


@pytest.mark.parametrize("pattern", ["**", "!", "[z-a].md"])
def test_an_invalid_pattern_is_reported_with_its_line(settings: Settings, pattern: str) -> None:
    """A misspelt pattern must not silently admit files that it should exclude."""
    write(settings.corpus, {"radar.md": RADAR, ".chatbotignore": f"# none\n{pattern}\n"})
    with pytest.raises(CorpusError) as refused:
        scan(settings.corpus, index=settings.index, largest=10_000)
    assert str(refused.value) == (
        f"Line 2 of {settings.corpus / '.chatbotignore'} is not a valid pattern: {pattern!r}. "
        f"Fix it or remove it."
    )


def test_a_corpus_that_excludes_every_file_is_reported(settings: Settings) -> None:
    """It isn't empty, so the message says why it seems to be."""
    write(settings.corpus, {"radar.md": RADAR, ".chatbotignore": "*\n"})
    with pytest.raises(CorpusError, match=r"\.chatbotignore excludes all 1 files"):
        build_index(settings)


# -- presentation ----------------------------------------------------------------------------


def test_skipped_files_are_grouped_by_kind_and_long_groups_shortened() -> None:
    """The most frequent kind comes first; without a limit every file is named."""
    skipped = [
        SkippedFile("a.png", SkipKind.UNSUPPORTED, ".png (image/png)"),
        SkippedFile("b.pdf", SkipKind.ENCRYPTED),
        SkippedFile("c.png", SkipKind.UNSUPPORTED, ".png (image/png)"),
        SkippedFile("d.gif", SkipKind.UNSUPPORTED, ".gif (image/gif)"),
    ]
    assert list(skipped_rows(skipped, most=2)) == [
        ("skipped", "why"),
        ("a.png", "unsupported format: .png (image/png)"),
        ("c.png", "unsupported format: .png (image/png)"),
        ("… and 1 more", "unsupported format"),
        ("b.pdf", "encrypted: remove the password and build again"),
    ]
    assert len(list(skipped_rows(skipped, most=None))) == 5


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (SkipReason(SkipKind.NO_TEXT), "no text"),
        (SkipReason(SkipKind.DAMAGED, "it has no body"), "damaged: it has no body"),
        (SkipReason(SkipKind.ENCRYPTED), "encrypted: remove the password and build again"),
        (
            SkipReason(SkipKind.SCANNED, "3 pages"),
            "scanned: 3 pages; install the extra `ocr` or Tesseract to read them",
        ),
        (SkipReason.not_opened(PermissionError(13, "x")), "permission denied"),
        (SkipReason.not_opened(OSError(5, "Input/output error")), "not opened: input/output error"),
    ],
)
def test_a_reason_is_a_kind_with_its_detail(reason: SkipReason, text: str) -> None:
    """The kind comes first, then the detail of this file, then the next step."""
    assert str(reason) == text


def test_strict_fails_if_a_part_is_skipped(settings: Settings) -> None:
    """The build is still published and answers."""
    (settings.corpus / "a.zip").write_bytes(zipped(("radar.md", RADAR), ("photo.gif", GIF)))
    words = ("build", "--corpus", settings.corpus, "--index", settings.index)
    assert run(command(*words, "--strict")).returncode == 1
    assert run(command(*words)).returncode == 0
    assert first_quote(settings, PRICE) == "The radar cost nine roubles."
