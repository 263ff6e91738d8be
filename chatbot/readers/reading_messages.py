"""The messages between a build and the process that reads its files.

The build trusts no reply: it decodes only these types, and checks every document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from chatbot.confinement.confine import Confinement
from chatbot.confinement.messages import MalformedMessage, decode
from chatbot.errors import SkipReason
from chatbot.readers.raw_file import Skipped
from chatbot.types import Document, Span

# Exit code of the process when a file needs more memory than the limit.
NO_MEMORY: Final = 77

# Longer details are cut: they are shown to people.
_DETAIL_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on reading a file.

    `seconds` is the longest wait for the next document, `memory` that of the process in bytes, and
    `output` the number of characters of all documents in the file.
    """

    seconds: float
    memory: int
    output: int


@dataclass(frozen=True, slots=True)
class Request:
    """A file to read: its size in bytes, and its name and prefix as in `RawFile`.

    The open file comes with the request; `path` is only set on systems that can't send one.
    `skip_inner` names inner files to skip, with the reason.
    """

    name: str
    size: int
    prefix: str
    skip_inner: Mapping[str, SkipReason] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True)
class Ready:
    """The process is ready for requests, and confined as far as the system allows."""

    confinement: Confinement


@dataclass(frozen=True, slots=True)
class Opened:
    """The file was opened: the SHA-256 of its bytes, and its media type."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class InnerFile:
    """An inner file is about to be read."""

    name: str


@dataclass(frozen=True, slots=True)
class Done:
    """The file has been read to its end."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The file can't be read, for this reason."""

    reason: SkipReason


WorkerReply = Opened | InnerFile | Document | Skipped | Done | Failed
_KINDS: Final = {
    kind.__name__: msgspec.msgpack.Decoder(kind)
    for kind in (Ready, Opened, InnerFile, Document, Skipped, Done, Failed)
}
_NAMED: Final = msgspec.msgpack.Decoder(list[tuple[str, msgspec.Raw]])


def named(replies: Sequence[WorkerReply | Ready]) -> list[tuple[str, WorkerReply | Ready]]:
    """The replies as they are sent: each with the name of its type."""
    return [(type(reply).__name__, reply) for reply in replies]


def decoded(content: bytes) -> list[WorkerReply | Ready]:
    """The replies in a message. Raises MalformedMessage."""
    replies: list[Any] = []
    for name, reply in decode(content, _NAMED):
        if name not in _KINDS:
            raise MalformedMessage(f"a reply of the type {name[:60]!r}")
        replies.append(decode(reply, _KINDS[name]))
    return replies


def checked(reply: WorkerReply | Ready, request: Request) -> WorkerReply:
    """A reply to this request, if it could be true. Raises MalformedMessage.

    A reader that a file has taken over could otherwise speak for another file, or give offsets that
    make the build fail.
    """
    match reply:
        case Document():
            _check_document(reply, request)
        case Skipped(name, reason):
            return Skipped(name, _cut(reason))
        case Failed(reason):
            return Failed(_cut(reason))
        case Ready():
            raise MalformedMessage("its first message again")
    return reply


def _cut(reason: SkipReason) -> SkipReason:
    return reason._replace(detail=reason.detail[:_DETAIL_CHARACTERS])


def _check_document(document: Document, request: Request) -> None:
    inside = f"{request.name}/"
    if document.source != request.name and not document.source.startswith(inside):
        raise MalformedMessage("a document of another file")
    if document.doc_id != request.name and not document.doc_id.startswith((request.prefix, inside)):
        raise MalformedMessage("a document with the id of another file")
    if not document.blocks:
        raise MalformedMessage("a document without text")
    length = len(document.text)
    for ranges in (
        [block.span for block in document.blocks],
        [piece.span for piece in document.furniture],
        document.pages,
    ):
        _check_order(ranges, length)
    if any(not 0 <= run.span.start <= run.span.end <= length for run in document.runs):
        raise MalformedMessage("a place outside the text")
    if hashlib.sha256(document.text.encode()).hexdigest() != document.fingerprint:
        raise MalformedMessage("a text with another fingerprint")


def _check_order(ranges: Sequence[Span], length: int) -> None:
    """Ranges are in the text, in order, and don't overlap."""
    end = 0
    for span in ranges:
        if not end <= span.start <= span.end <= length:
            raise MalformedMessage("ranges that overlap or lie outside the text")
        end = span.end
