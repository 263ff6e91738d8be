"""XML from files that nobody vouches for: no entity is expanded, nothing is fetched.

Formats are read by local names: the strict and the transitional form of an office file, or two
versions of a standard, differ in their namespaces alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from chatbot.errors import SkipKind, UnreadableFile

# lxml has no types of its own.
Element = Any

_TEXT: Final = ("{*}t", "{*}chart", "{*}relIds")


def parse_xml(data: bytes, name: str) -> Element:
    """The root of an XML file. Raises UnreadableFile, with `name`, where it is not valid.

    Trees deeper than 256 elements and pieces of text beyond ten megabytes are refused (libxml2's
    own limits), so that a walk down the tree may recurse.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"{name} is not valid XML ({failure})") from failure


def local(element: Element) -> str:
    """An element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The child elements, or those with one of these names; none of no element."""
    for child in element if element is not None else ():
        if (local(child) in names) if names else local(child):
            yield child


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of this name, and so on down the path; None where it ends before."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def descendants(element: Element, name: str) -> Iterator[Element]:
    """All elements of this name below, in the order of the file."""
    yield from element.iter(f"{{*}}{name}")


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute's value whatever its namespace."""
    if element is None:
        return None
    if (value := element.get(name)) is not None:
        return str(value)
    return next((str(v) for key, v in element.attrib.items() if key.endswith("}" + name)), None)


def content(element: Element | None) -> Iterator[Element]:
    """The child elements; of the same content in several forms (`mc:AlternateContent`) one form.

    That is the first with any text: the last, for old programs, is often a picture.
    """
    for each in children(element):
        if local(each) != "AlternateContent":
            yield each
            continue
        forms = list(children(each, "Choice", "Fallback"))
        written = (form for form in forms if next(form.iter(*_TEXT), None) is not None)
        yield from content(next(written, next(iter(forms), None)))
