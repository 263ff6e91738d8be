"""The documentation agrees with the code: rooms, routes, settings, dependencies, links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from chatbot.assistant import Chatbot
from chatbot.errors import SkipKind
from chatbot.readers.installed import installed_formats
from tests.docs import settings_page
from tests.docs.pages import DOCS, PAGES, README, rows, section
from tests.doors import application
from tests.shared import PROJECT

PACKAGE = PROJECT / "chatbot"
ARCHITECTURE = DOCS / "architecture.md"
LINKED = (*PAGES, PROJECT / "SECURITY.md", PROJECT / "CHANGELOG.md")

_CODE = re.compile(r"`([^`]+)`")
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


def rooms() -> set[str]:
    """The folders and top-level modules of the package, as paths from the project.

    A folder of data counts as one, with the folders in it.
    """
    packages = {path.parent for path in PACKAGE.rglob("*.py")}
    folders = {
        path
        for path in PACKAGE.rglob("*")
        if path.is_dir() and path.parent in packages and path.name != "__pycache__"
    }
    return {f"{path.relative_to(PROJECT).as_posix()}/" for path in folders} | {
        path.relative_to(PROJECT).as_posix() for path in PACKAGE.glob("*.py")
    }


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {_NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_route_is_in_the_table(demo: Chatbot) -> None:
    """The table of routes and `/openapi.json` name the same methods and paths."""
    text = (DOCS / "api.md").read_text("utf-8").split("## HTTP\n")[1].split("\n## ")[0]
    codes = [code for cells in rows(text) for code in _CODE.findall(cells[0])]
    listed = {tuple(code.partition("?")[0].split()) for code in codes}
    paths = application(demo).openapi()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert listed == served


def test_every_suffix_is_on_the_formats_page() -> None:
    """This holds for all formats that are read."""
    page = (DOCS / "formats.md").read_text("utf-8")
    suffixes = {suffix for form in installed_formats() if form.reader for suffix in form.suffixes}
    assert {suffix for suffix in suffixes if f"`{suffix}`" not in page} == set()


def test_every_reason_to_skip_a_file_is_on_the_formats_page() -> None:
    """The page uses the words of the report."""
    kinds = section(DOCS / "formats.md", "Read and skipped files")
    assert {kind.label for kind in SkipKind if kind.label not in kinds} == set()


def test_the_settings_page_is_current() -> None:
    """Otherwise run `python -m tests.docs.settings_page`."""
    page = settings_page.PAGE.read_text("utf-8")
    assert page == settings_page.updated(page)


def test_every_dependency_has_a_reason() -> None:
    """Every required or optional library of the program is in the table of dependencies."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = project["optional-dependencies"]
    optional = [name for group in groups if group != "dev" for name in groups[group]]
    listed = {
        name
        for cells in rows(section(ARCHITECTURE, "Dependencies"))
        for name in _CODE.findall(cells[0])
    }
    for requirement in [*project["dependencies"], *optional]:
        assert re.split(r"[<>=\[ ]", requirement)[0] in listed


def test_the_readme_takes_three_minutes() -> None:
    """It has at most 150 lines."""
    assert len(README.read_text("utf-8").splitlines()) <= 150


def test_the_changelog_of_a_version_is_short() -> None:
    """A version has under twenty lines: changes that users notice, not a diary."""
    versions = (PROJECT / "CHANGELOG.md").read_text("utf-8").split("\n## ")[1:]
    for version in versions:
        assert len(version.splitlines()) < 20


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file of the project, and a heading of it where it says so."""
    for pair in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        link = "".join(pair)
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link
