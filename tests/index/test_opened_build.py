"""A build opens only if its files are whole and belong together."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.errors import IndexDamaged
from chatbot.index import layout, rights
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import read_manifest, seal
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings


@pytest.fixture
def folder(settings: Settings) -> Path:
    """A build of two passages."""
    (settings.corpus / "a.md").write_text("# Arms\n\nThe first one.\n\n# Gas\n\nThe second one.\n")
    build_index(settings)
    return layout.current(settings.index)


@pytest.fixture
def other(folder: Path, settings: Settings) -> Path:
    """A later build, of three passages."""
    (settings.corpus / "b.md").write_text("A third one.\n")
    build_index(settings)
    later = layout.current(settings.index)
    assert later != folder
    return later


def test_opening_a_build_checks_every_file(folder: Path) -> None:
    """A file that is missing or cut short is reported by name."""
    FolderBuild(folder).close()
    names = sorted(read_manifest(folder).seals)
    assert {Path(name).parts[0] for name in names} == {
        layout.CATALOG,
        layout.DENSE,
        layout.LEXICAL,
        layout.ROWS,
        *rights.FILES,
        layout.SENTENCES,
        layout.TITLES,
        layout.DOCUMENTS,
    }
    for name in names:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[:-1])
        with pytest.raises(IndexDamaged, match=f"{name} has {len(content) - 1:,} bytes"):
            FolderBuild(folder)
        (folder / name).unlink()
        with pytest.raises(IndexDamaged, match=f"{name} is missing"):
            FolderBuild(folder)
        (folder / name).write_bytes(content)
    FolderBuild(folder).close()


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (layout.ROWS, "3 rows for 2 passages"),
        (layout.DENSE, "3 vectors for 2 passages"),
        (layout.LEXICAL, "3 indexed passages for 2 passages"),
    ],
)
def test_files_of_two_builds_do_not_go_together(
    folder: Path, other: Path, part: str, problem: str
) -> None:
    """Each file is intact and sealed, but the counts don't agree."""
    if (other / part).is_dir():
        shutil.rmtree(folder / part)
        shutil.copytree(other / part, folder / part)
    else:
        shutil.copy(other / part, folder / part)
    replace(read_manifest(folder), seals=seal(folder)).write(folder)
    with pytest.raises(IndexDamaged, match=problem):
        FolderBuild(folder)


def test_a_file_of_the_corpus_is_the_same_changed_or_gone(folder: Path, settings: Settings) -> None:
    """Its bytes decide, whatever its modification time."""
    build = FolderBuild(folder)
    (file,) = build.catalog.files()
    source = settings.corpus / "a.md"
    source.touch()
    assert build.file_state(file) == "same"
    source.write_text("Something else.")
    assert build.file_state(file) == "changed"
    source.unlink()
    assert build.file_state(file) == "gone"
    build.close()


def test_a_quote_holds_only_where_it_stands(folder: Path) -> None:
    """The stored text must be intact and have the quote at exactly this span."""
    build = FolderBuild(folder)
    document = build.document("a.md")
    assert document
    span = build.passages([1])[0].sentences[0]
    assert span.of(document.text) == "The second one."
    assert build.holds("a.md", span, "The second one.")
    assert not build.holds("a.md", span, "The first one.")
    assert not build.holds("a.md", span._replace(start=span.start - 1), "The second one.")
    assert not build.holds("absent.md", span, "The second one.")
    build.close()
