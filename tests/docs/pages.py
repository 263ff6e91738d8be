"""The pages of the documentation and the code blocks in them.

A comment before a block says where its example runs:

    <!-- test: in a folder with an index -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tests.shared import PROJECT

README: Final = PROJECT / "README.md"
DOCS: Final = PROJECT / "docs"
PAGES: Final = (README, *sorted(DOCS.glob("*.md")))

_BLOCK: Final = re.compile(
    r"^(?:<!-- test: (?P<place>.+?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_ROW: Final = re.compile(r"^\| (.+) \|$", re.MULTILINE)


class Block(NamedTuple):
    """A code block; `place` says where its example runs, and is empty for an unmarked block."""

    page: str
    line: int
    place: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(language: str | None = None) -> Iterator[Block]:
    """The code blocks of all pages, by default in every language."""
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _BLOCK.finditer(text):
            if language in {None, match["language"]}:
                yield Block(
                    page=page.relative_to(PROJECT).as_posix(),
                    line=text.count("\n", 0, match.start()) + 1,
                    place=match["place"] or "",
                    language=match["language"],
                    text=match["text"],
                )


def section(page: Path, heading: str) -> str:
    """The text below a heading, up to the next heading of any level."""
    return page.read_text("utf-8").split(f"# {heading}\n")[1].split("\n#")[0]


def rows(text: str) -> Iterator[tuple[str, ...]]:
    """The cells of each table row, headers and rules left out."""
    for row in _ROW.findall(text):
        cells = tuple(cell.strip() for cell in row.split(" | "))
        if "`" in cells[0] or not set(cells[0]) <= {"-", " ", ":"}:
            yield cells
