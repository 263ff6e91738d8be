"""Read files made for tests, and check what holds for any document."""

from __future__ import annotations

from chatbot.errors import UnreadableFile
from chatbot.readers import RawFile, Skipped, read
from chatbot.types import Document


def documents(name: str, data: str | bytes, prefix: str = "") -> list[Document]:
    return [item for item in everything(name, data, prefix) if isinstance(item, Document)]


def everything(name: str, data: str | bytes, prefix: str = "") -> list[Document | Skipped]:
    """The documents in a file, and the inner files that were skipped."""
    return list(read(RawFile(name, data.encode() if isinstance(data, str) else data, prefix)))


def document(name: str, data: str | bytes) -> Document:
    (doc,) = documents(name, data)
    return doc


def blocks(doc: Document) -> list[tuple[str, str]]:
    return [(block.kind, block.span.of(doc.text)) for block in doc.blocks]


def furniture(doc: Document) -> list[tuple[str, str]]:
    return [(piece.kind, piece.span.of(doc.text)) for piece in doc.furniture]


def read_or_reason(name: str, data: str | bytes) -> list[Document] | str:
    """The documents in a file, or the reason why it isn't read."""
    try:
        return documents(name, data)
    except UnreadableFile as refusal:
        return str(refusal)


def reason(name: str, data: str | bytes) -> str:
    result = read_or_reason(name, data)
    assert isinstance(result, str), "it was read"
    return result


def covers(doc: Document) -> bool:
    """Whether each character except white space is in exactly one block or piece of furniture."""
    times = [0] * len(doc.text)
    spans = [block.span for block in doc.blocks] + [piece.span for piece in doc.furniture]
    for span in spans:
        for place in range(*span):
            times[place] += 1
    return all(
        count == 1 or (count == 0 and character.isspace())
        for count, character in zip(times, doc.text, strict=True)
    )
