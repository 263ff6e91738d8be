"""Parse HTML strictly into its elements with their text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final, NamedTuple

_VOID: Final = frozenset({"input", "link", "meta", "img"})


class Element(NamedTuple):
    """An element with its attributes and its text, including that of its descendants."""

    tag: str
    attributes: dict[str, str]
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[int, list[str]]] = []
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.elements.append((tag, {name: value or "" for name, value in attrs}, words))
        if tag not in _VOID:
            self.open.append((len(self.elements) - 1, words))

    def handle_endtag(self, tag: str) -> None:
        number, _ = self.open.pop()
        assert self.elements[number][0] == tag, f"</{tag}> closes <{self.elements[number][0]}>"

    def handle_data(self, data: str) -> None:
        for _, words in self.open:
            words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def elements(html: str) -> list[Element]:
    """Every element in document order; every tag must be closed, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, "some elements are not closed"
    return [Element(tag, attributes, "".join(words)) for tag, attributes, words in reader.elements]


def select(html: str, tag: str = "", **attributes: str) -> list[Element]:
    """The elements with this tag and these attributes; `kind` means `class`."""
    expected = {"class" if name == "kind" else name: value for name, value in attributes.items()}
    return [
        element
        for element in elements(html)
        if tag in ("", element.tag) and expected.items() <= element.attributes.items()
    ]
