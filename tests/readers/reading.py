"""Reading a file of a test's own, and what is asked of any document."""

from __future__ import annotations

from chatbot.errors import UnreadableFile
from chatbot.readers import RawFile, Skipped, read
from chatbot.types import Document


def documents(name: str, data: str | bytes, prefix: str = "") -> list[Document]:
    return [found for found in everything(name, data, prefix) if isinstance(found, Document)]


def everything(name: str, data: str | bytes, prefix: str = "") -> list[Document | Skipped]:
    """The documents in a file, and what in it is skipped."""
    return list(read(RawFile(name, data.encode() if isinstance(data, str) else data, prefix)))


def document(name: str, data: str | bytes) -> Document:
    (found,) = documents(name, data)
    return found


def blocks(found: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.span.of(found.text)) for block in found.blocks]


def furniture(found: Document) -> list[tuple[str, str]]:
    return [(piece.kind, piece.span.of(found.text)) for piece in found.furniture]


def read_or_reason(name: str, data: str | bytes) -> list[Document] | str:
    """The documents in a file, or why it is not read."""
    try:
        return documents(name, data)
    except UnreadableFile as refusal:
        return str(refusal)


def reason(name: str, data: str | bytes) -> str:
    found = read_or_reason(name, data)
    assert isinstance(found, str), "it was read"
    return found


def covers(found: Document) -> bool:
    """Whether each character but white space lies in exactly one block or piece of furniture."""
    times = [0] * len(found.text)
    spans = [block.span for block in found.blocks] + [piece.span for piece in found.furniture]
    for span in spans:
        for place in range(*span):
            times[place] += 1
    return all(
        count == 1 or (count == 0 and character.isspace())
        for count, character in zip(times, found.text, strict=True)
    )
