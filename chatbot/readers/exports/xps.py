"""XPS and OpenXPS: the printed pages of a document, as glyphs with their place (ECMA-388)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.xml_tree import Element, attribute, children, descendants, local
from chatbot.readers.media_types import XPS
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_DEEPEST: Final = 40
# In letter sizes: the distance to another baseline, to the next paragraph, and between two words.
_SAME_LINE: Final = 0.4
_PARAGRAPH_GAP: Final = 1.6
_WORD_GAP: Final = 0.15
# Half of a letter's size is its usual width.
_WIDTH: Final = 0.5


class _Glyphs(NamedTuple):
    """A run of text in letters of a size, with the places where it begins and ends."""

    text: str
    left: float
    right: float
    baseline: float
    size: float


def read_xps(file: RawFile) -> Iterator[Document]:
    """Yield one document."""
    package = OfficePackage(file.data)
    writer = DocumentWriter()
    for page in _pages(package):
        writer.start_page()
        for paragraph in _paragraphs(list(_glyphs(package.tree(page), 1.0, 0.0))):
            writer.add("paragraph", paragraph)
    title, metadata = package.properties()
    yield writer.document(
        file.name, source=file.name, media_type=XPS, title=title, metadata=metadata
    )


def _pages(package: OfficePackage) -> Iterator[str]:
    for sequence in package.related("", "fixedrepresentation"):
        for reference in descendants(package.tree(sequence), "DocumentReference"):
            document = package.target(sequence, attribute(reference, "Source") or "")
            for page in descendants(package.tree(document), "PageContent"):
                yield package.target(document, attribute(page, "Source") or "")


def _glyphs(node: Element, scale: float, down: float, depth: int = 0) -> Iterator[_Glyphs]:
    """The runs in drawing order; a canvas may scale and move what it holds."""
    for element in children(node):
        if local(element) == "Glyphs":
            text = attribute(element, "UnicodeString") or ""
            left, baseline, size = (
                _number(attribute(element, name))
                for name in ("OriginX", "OriginY", "FontRenderingEmSize")
            )
            # A brace at the beginning is escaped by an empty pair.
            text = text.removeprefix("{}")
            right = left + size * _width(text, attribute(element, "Indices") or "")
            yield _Glyphs(text, scale * left, scale * right, down + scale * baseline, scale * size)
        elif depth < _DEEPEST:
            inner_scale, inner_down = _matrix(element)
            yield from _glyphs(element, scale * inner_scale, down + scale * inner_down, depth + 1)


def _width(text: str, indices: str) -> float:
    """The width of a run in letter sizes; where the file states none, a letter's usual one."""
    stated = [entry.split(",") for entry in indices.split(";")]
    widths = [_number(entry[1]) / 100 for entry in stated if len(entry) > 1 and entry[1]]
    return sum(widths) + _WIDTH * max(0, len(text) - len(widths))


def _matrix(element: Element) -> tuple[float, float]:
    """The vertical scale and shift of a canvas."""
    stated = attribute(element, "RenderTransform") or ""
    for matrix in () if stated else element.iter("{*}MatrixTransform"):
        if matrix.getparent().getparent() is element:
            stated = attribute(matrix, "Matrix") or ""
    numbers = [_number(part) for part in stated.split(",")]
    return (numbers[3] or 1.0, numbers[5]) if len(numbers) == 6 else (1.0, 0.0)


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _paragraphs(runs: list[_Glyphs]) -> Iterator[str]:
    """The runs joined to lines, and these to paragraphs."""
    words = ""
    last: _Glyphs | None = None
    for run in filter(lambda run: run.text, runs):
        if last is not None:
            step, size = abs(run.baseline - last.baseline), max(run.size, last.size)
            if step > _PARAGRAPH_GAP * size:
                yield words
                words = ""
            elif step > _SAME_LINE * size or _has_gap(last, run):
                words += " "
        words += run.text
        last = run
    yield words


def _has_gap(before: _Glyphs, after: _Glyphs) -> bool:
    """Whether there is room for a space between two runs of a line."""
    return after.left - before.right > _WORD_GAP * before.size
