"""Every file of a corpus is read, carried over, or listed with the reason for skipping it."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import CorpusError, SkipKind, UsageError
from chatbot.index import layout
from chatbot.index.manifest import SkippedFile, read_manifest
from chatbot.ingestion.build_index import BuildReport, build_index
from chatbot.ingestion.build_progress import SilentProgress
from chatbot.ingestion.isolation import IsolatedReader
from chatbot.ingestion.scan import scan
from chatbot.settings import Settings
from tests.breakable import BREAKABLE
from tests.building import (
    BREAD,
    PRICE,
    RADAR,
    SHIPS,
    command,
    first_quote,
    problem,
    run,
    subject_to_permissions,
    write,
)


def reasons(report: BuildReport) -> dict[str, str]:
    return {file.path: str(file.reason) for file in report.skipped}


# -- which files -----------------------------------------------------------------------------


def test_files_are_found_in_the_order_of_their_names(tmp_path: Path) -> None:
    """Folders are scanned one by one; the order on disk doesn't matter."""
    names = ["a.md", "a/z.md", "b/c/d.md", "b/e.md", "Z.md", "ä.md", "10.md", "9.md"]
    for number, order in enumerate((names, names[::-1], names[3:] + names[:3])):
        for name in order:
            write(tmp_path / str(number), {name: name})
        files = scan(tmp_path / str(number), index=tmp_path / "index", largest=100).files
        expected = ["10.md", "9.md", "Z.md", "a.md", "a/z.md", "b/c/d.md", "b/e.md", "ä.md"]
        assert [file.name for file in files] == expected


def test_hidden_files_are_not_part_of_a_corpus(settings: Settings) -> None:
    """Hidden folders aren't either: they hold settings, not documents."""
    write(settings.corpus, {"radar.md": RADAR, ".ships.md": SHIPS, ".git/ships.md": SHIPS})
    report = build_index(settings)
    assert (report.read, report.carried, report.skipped) == (1, 0, ())


def test_links_are_listed_and_not_followed(settings: Settings, tmp_path: Path) -> None:
    """They may lead out of the corpus, in a circle, or nowhere."""
    write(tmp_path, {"outside/ships.md": SHIPS})
    write(settings.corpus, {"radar.md": RADAR})
    (settings.corpus / "out.md").symlink_to(tmp_path / "outside" / "ships.md")
    (settings.corpus / "folder").symlink_to(tmp_path / "outside")
    (settings.corpus / "circle").symlink_to(settings.corpus)
    (settings.corpus / "nowhere.md").symlink_to(tmp_path / "none")
    report = build_index(settings)
    assert report.documents == report.read == 1
    links = ("circle", "folder", "nowhere.md", "out.md")
    assert reasons(report) == dict.fromkeys(links, "link: links are not followed")


def test_every_file_found_is_accounted_for(settings: Settings) -> None:
    """It is read, carried over or skipped with its reason, and the manifest agrees."""
    write(settings.corpus, {"radar.md": RADAR, "more/ships.md": SHIPS, "bread.txt": BREAD})
    build_index(settings)
    write(
        settings.corpus,
        {
            "bread.txt": SHIPS,
            "more/new.md": BREAD,
            "empty.md": "",
            "blank.txt": " \n\n\t\n",
            "only-furniture.txt": "Leave a Reply\n\nLoad More\n",
            "table.gif": "GIF89a",
            "long.txt": "Bread rises. " * 20_000,
            "broken.jsonl": '{"_id": "a", "text": "It rises."}\n{"_id":',
        },
    )
    (settings.corpus / "picture.md").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    report = build_index(settings.model_copy(update={"file_megabytes": 0.1}))
    # The changed setting means that no file is carried over.
    assert (report.read, report.carried) == (4, 0)
    assert reasons(report) == {
        "blank.txt": "no text",
        "broken.jsonl": "damaged: line 2 is not JSON (Expecting value: line 1 column 8 (char 7))",
        "empty.md": "no text",
        "long.txt": "too large: 0.3 MB; the setting file_megabytes allows 0.1",
        "only-furniture.txt": "no text",
        "picture.md": "scanned: a picture; install the extra `ocr` or Tesseract to read them",
        "table.gif": "unsupported format: .gif (image/gif)",
    }
    manifest = read_manifest(layout.current(settings.index))
    assert manifest.skipped == report.skipped
    assert manifest.files == 11 == len([p for p in settings.corpus.rglob("*") if p.is_file()])
    assert [file.path for file in report.skipped] == sorted(reasons(report))
    second = build_index(settings.model_copy(update={"file_megabytes": 0.1}))
    assert (second.published, second.read, second.carried) == (False, 0, 4)
    assert second.skipped == report.skipped


def test_a_skipped_file_that_changes_is_read(settings: Settings) -> None:
    """A skipped file is tried again when it changes; until then it stays listed."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": ""})
    first = build_index(settings)
    write(settings.corpus, {"bread.md": BREAD})
    second = build_index(settings)
    assert first.skipped == second.skipped == (SkippedFile("ships.md", SkipKind.NO_TEXT),)
    assert (second.read, second.carried) == (1, 1)
    write(settings.corpus, {"ships.md": SHIPS})
    third = build_index(settings)
    assert (third.read, third.carried, third.skipped) == (1, 2, ())


def test_a_file_that_makes_its_reader_fail_is_skipped(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in a parser costs one file, not the build."""
    write(settings.corpus, {"radar.md": RADAR, "ships.html": "<html>raise"})
    monkeypatch.setattr(
        "chatbot.ingestion.file_source.IsolatedReader", partial(IsolatedReader, command=BREAKABLE)
    )
    report = build_index(settings)
    expected = {"ships.html": "damaged: its reader failed (ZeroDivisionError)"}
    assert reasons(report) == expected
    assert report.documents == 1


# -- files that change while they are read ---------------------------------------------------


MANY = {f"{number}.md": BREAD for number in range(8)} | {"radar.md": RADAR}


class RemovesFile(SilentProgress):
    """Removes a file after the first one is read; the file must not be requested by then."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def advance(self, steps: int) -> None:
        self.path.unlink(missing_ok=True)
        assert steps


def test_a_file_that_vanishes_during_the_build_is_skipped(settings: Settings) -> None:
    """It is listed, the other files are built, and the next build no longer finds it."""
    write(settings.corpus, MANY)
    report = build_index(settings, progress=RemovesFile(settings.corpus / "radar.md"))
    assert (report.read, report.documents) == (8, 8)
    assert reasons(report) == {"radar.md": "not opened: no such file or directory"}
    report = build_index(settings)
    assert (report.published, report.read, report.carried, report.skipped) == (True, 0, 8, ())


def test_a_carried_file_that_vanishes_during_the_build_is_skipped(settings: Settings) -> None:
    """The same holds for a file that would have been carried over."""
    write(settings.corpus, MANY)
    build_index(settings)
    write(settings.corpus, {"0.md": SHIPS})
    report = build_index(settings, progress=RemovesFile(settings.corpus / "radar.md"))
    assert (report.read, report.carried) == (1, 7)
    assert reasons(report) == {"radar.md": "not opened: no such file or directory"}


# -- files without read permission -----------------------------------------------------------


def test_unreadable_files_and_folders_are_skipped(settings: Settings) -> None:
    """They are listed by name; once permitted, they are read although nothing else changed."""
    bound = subject_to_permissions()
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "closed/bread.md": BREAD})
    words = command("build", "--corpus", settings.corpus, "--index", settings.index, "--json")
    (settings.corpus / "ships.md").chmod(0)
    (settings.corpus / "closed").chmod(0)
    try:
        done = run([*bound, *words])
        strict = run([*bound, *words, "--strict"])
    finally:
        (settings.corpus / "closed").chmod(0o755)
        (settings.corpus / "ships.md").chmod(0o644)
    assert done.returncode == 0, done.stderr
    report_json = json.loads(done.stdout)
    denied = {"kind": "permission_denied", "detail": ""}
    closed = [{"path": name, **denied} for name in ("closed/", "ships.md")]
    assert (report_json["read"], report_json["skipped"]) == (1, closed)
    assert strict.returncode == 1
    assert json.loads(strict.stdout)["published"] is False
    report = build_index(settings)
    assert (report.read, report.carried, report.skipped) == (2, 1, ())


def test_a_file_that_becomes_unreadable_stops_answering(settings: Settings) -> None:
    """A source that can no longer be checked is not cited."""
    bound = subject_to_permissions()
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS})
    build_index(settings)
    (settings.corpus / "radar.md").chmod(0)
    words = command("build", "--corpus", settings.corpus, "--index", settings.index, "--json")
    report = json.loads(run([*bound, *words]).stdout)
    assert (report["read"], report["carried"], report["documents"]) == (0, 1, 1)
    assert first_quote(settings, PRICE) in SHIPS


# -- on the command line ---------------------------------------------------------------------


def test_strict_fails_if_a_file_is_skipped(settings: Settings) -> None:
    """The build is still published, and `info` lists the file too."""
    write(settings.corpus, {"radar.md": RADAR, "report.pdf": "%PDF-1.7"})
    at = ("--index", settings.index)
    words = command("build", "--corpus", settings.corpus, *at, "--strict")
    listed = "skipped     why\nreport.pdf  damaged: neither PDF library can open it\n"
    for begins in ("Build 2", "Nothing has changed"):
        done = run(words)
        assert done.returncode == 1
        assert done.stdout.startswith(begins)
        assert done.stdout.endswith(listed)
    assert run(command("info", *at)).stdout.endswith(listed)
    (settings.corpus / "report.pdf").unlink()
    assert run(words).returncode == 0


# -- invalid corpora -------------------------------------------------------------------------


def test_a_missing_corpus_is_reported_with_the_next_step(settings: Settings) -> None:
    """It prints one sentence without a traceback; the build in service still answers."""
    write(settings.corpus, {"radar.md": RADAR})
    first = build_index(settings).build
    shutil.rmtree(settings.corpus)
    words = ("build", "--corpus", settings.corpus, "--index", settings.index)
    assert problem(run(command(*words))) == (
        f"There is no corpus at {settings.corpus}. "
        f"Put your documents there, or name their folder with --corpus."
    )
    assert layout.current(settings.index).name == first
    assert first_quote(settings, PRICE) == "The radar cost nine roubles."


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "has no files. Put documents into it."),
        ({".hidden.md": RADAR}, "has no files. Put documents into it."),
        ({"folder/.hidden.md": RADAR}, "has no files. Put documents into it."),
        (
            {"a.pdf": "%PDF-1.7", "b.pdf": "%PDF-1.7", "c.md": ""},
            "(2 × damaged: neither PDF library can open it; 1 × no text). Put documents",
        ),
    ],
    ids=["empty", "hidden", "hidden below", "unreadable"],
)
def test_a_corpus_without_documents_is_refused(
    settings: Settings, files: dict[str, str], message: str
) -> None:
    """The error has the reasons; no partial build remains, and an earlier build still answers."""
    write(settings.corpus, files)
    with pytest.raises(CorpusError) as refused:
        build_index(settings)
    assert message in str(refused.value)
    assert list((settings.index / "builds").iterdir()) == []
    write(settings.corpus, {"radar.md": RADAR})
    first = build_index(settings).build
    (settings.corpus / "radar.md").unlink()
    with pytest.raises(CorpusError):
        build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        assert chatbot.ask(PRICE).build == first


def test_a_corpus_may_be_a_file_of_any_supported_format(settings: Settings, tmp_path: Path) -> None:
    """A file of another format is refused, like a folder of such files."""
    write(tmp_path, {"radar.md": RADAR, "radar.gif": "GIF89a"})
    alone = settings.model_copy(update={"corpus": tmp_path / "radar.md"})
    assert build_index(alone).documents == 1
    table = settings.model_copy(update={"corpus": tmp_path / "radar.gif"})
    with pytest.raises(CorpusError, match=r"^None of the 1 files in .+ \(1 × unsupported format"):
        build_index(table)
    assert first_quote(alone, PRICE) == "The radar cost nine roubles."


def test_a_corpus_can_not_be_its_own_index(settings: Settings) -> None:
    """Otherwise a build would read the files of earlier builds."""
    write(settings.corpus, {"radar.md": RADAR})
    plain, roundabout = settings.corpus, settings.corpus / ".." / "corpus"
    for corpus, index in ((plain, plain), (plain, roundabout), (roundabout, plain)):
        same = settings.model_copy(update={"corpus": corpus, "index": index})
        with pytest.raises(UsageError, match=r"can't be both the corpus and the index\. Name two"):
            build_index(same)


@pytest.mark.skipif(os.name != "posix", reason="only POSIX allows such names")
def test_a_file_name_may_be_invalid_text(settings: Settings) -> None:
    """The name is stored with escapes, by which the file is found again."""
    name = os.fsdecode(b"caf\xe9.md")
    write(settings.corpus, {name: RADAR, "line\nfeed.md": SHIPS})
    assert build_index(settings).read == 2
    assert not build_index(settings).published
    with Chatbot.open(settings=settings) as chatbot:
        doc_ids = [document.doc_id for document in chatbot.documents()]
        assert doc_ids == ["caf\\udce9.md", "line\nfeed.md"]
        states = [chatbot.build.file_state(file) for file in chatbot.build.catalog.files()]
        assert states == ["same", "same"]
