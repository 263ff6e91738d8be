"""SVG drawings: their title, their description and the texts in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import file_title, own_title
from chatbot.readers.markup.xml_tree import Element, child, local, parse_xml
from chatbot.readers.media_types import SVG
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import one_line
from chatbot.types import Document

_TEXTS: Final = frozenset({"text", "desc", "title", "foreignObject", "flowRoot"})
# A piece of a line that is placed by itself is another line, or another word.
_PLACES: Final = frozenset({"x", "y", "dx", "dy"})


def read_svg(file: RawFile) -> Iterator[Document]:
    """Yield one document; its title is the drawing's title, or else the file's name."""
    root = parse_xml(decode(file.data).encode(), "the drawing")
    writer = DocumentWriter()
    for element in root.iter("{*}*"):
        if local(element) in _TEXTS:
            writer.add("paragraph", "".join(_pieces(element)))
    title = child(root, "title")
    words = one_line("".join(title.itertext())) if title is not None else None
    yield writer.document(
        file.name,
        source=file.name,
        media_type=SVG,
        title=own_title(words) or file_title(file.name),
    )


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for inner in element:
        if local(inner) in ("tspan", "div", "p", "br", "span", "flowPara", "textPath", "a"):
            if _PLACES & inner.attrib.keys() or local(inner) not in ("tspan", "a", "span"):
                yield " "
            yield from _pieces(inner)
        yield inner.tail or ""
