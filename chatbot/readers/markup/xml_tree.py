"""XML from untrusted files: no entity is expanded, and nothing is fetched.

Elements are found by their local names, because the strict and the transitional form of an office
file, or two versions of a standard, differ only in their namespaces.
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
    """The root of an XML file. Raises UnreadableFile, with `name`, if it is invalid.

    libxml2 refuses texts of more than ten megabytes, and trees deeper than 256 elements. So
    functions may recurse down a tree.
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
    """An element's name without its namespace; empty for an entity or a comment."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, *names: str) -> Iterator[Element]:
    """The child elements, or those with one of these names; nothing for None."""
    for child in element if element is not None else ():
        if (local(child) in names) if names else local(child):
            yield child


def child(element: Element | None, *path: str) -> Element | None:
    """Follow a path of names, at each step to the first child; None if the path breaks off."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def descendants(element: Element, *names: str) -> Iterator[Element]:
    """All elements of these names in the tree, in the order of the file."""
    yield from element.iter(*(f"{{*}}{name}" for name in names))


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute's value in any namespace."""
    if element is None:
        return None
    if (value := element.get(name)) is not None:
        return str(value)
    return next((str(v) for key, v in element.attrib.items() if key.endswith("}" + name)), None)


def content(element: Element | None) -> Iterator[Element]:
    """The child elements, with only one of alternative forms (`mc:AlternateContent`).

    That is the first form with any text; the last one, for old programs, is often a picture.
    """
    for inner in children(element):
        if local(inner) != "AlternateContent":
            yield inner
            continue
        forms = list(children(inner, "Choice", "Fallback"))
        with_text = (form for form in forms if next(form.iter(*_TEXT), None) is not None)
        yield from content(next(with_text, next(iter(forms), None)))
