"""HTML read back as a browser would: which elements there are, and which words stand in them."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final, NamedTuple

_VOID: Final = frozenset({"input", "link", "meta"})


class Element(NamedTuple):
    """An element with its attributes and the text in it and below."""

    tag: str
    attributes: dict[str, str]
    text: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[int, list[str]]] = []
        self.found: list[tuple[str, dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.found.append((tag, {name: value or "" for name, value in attrs}, words))
        if tag not in _VOID:
            self.open.append((len(self.found) - 1, words))

    def handle_endtag(self, tag: str) -> None:
        place, _ = self.open.pop()
        assert self.found[place][0] == tag, f"</{tag}> closes <{self.found[place][0]}>"

    def handle_data(self, data: str) -> None:
        for _, words in self.open:
            words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def elements(html: str) -> list[Element]:
    """Every element in the order of the page; all that is opened must be closed, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open, "elements are left open"
    return [Element(tag, attributes, "".join(words)) for tag, attributes, words in reader.found]


def select(html: str, tag: str = "", **wanted: str) -> list[Element]:
    """The elements with this tag and these attributes; `kind` stands for the class."""
    wanted = {"class" if name == "kind" else name: value for name, value in wanted.items()}
    return [
        element
        for element in elements(html)
        if tag in ("", element.tag) and wanted.items() <= element.attributes.items()
    ]
