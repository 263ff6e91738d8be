"""Mail: a message's header and text as a document, each attachment as a file of its own.

Old mail breaks every rule: encodings that are none, parts that never end, dates of no calendar.
What can't be told is left out of the header; the words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.plain import write_plain
from chatbot.readers.media_types import MESSAGE
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import one_line
from chatbot.types import Document, Metadata

_SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
# In a mailbox a message begins with "From " and whom it came from, after a blank line or nothing.
_ENVELOPE: Final = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\n")
_QUOTED_FROM: Final = re.compile(rb"^>(>*From )", re.MULTILINE)


def read_mailbox(file: RawFile) -> Iterator[RawFile]:
    """The messages, numbered in their order."""
    starts = list(_ENVELOPE.finditer(file.data))
    ends = [start.start() for start in starts[1:]] + [len(file.data)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        data = _QUOTED_FROM.sub(rb"\1", file.data[start.end() : end])
        message = file.inside(str(number), data, media_type=MESSAGE)
        # A mailbox is a folder of messages, whose attachments lie no deeper for that.
        yield message.at_depth(file.depth)


def read_message(file: RawFile) -> Iterator[Document | RawFile]:
    """The message, then what is attached to it."""
    # The policy of old: the newer one fails where a header is not what it should be.
    message = message_from_bytes(file.data, policy=policy.compat32)
    parts = list(_parts(message))
    writer = DocumentWriter()
    header = {name: said for name in _SHOWN if (said := _header(message, name))}
    writer.add("paragraph", "; ".join(f"{name}: {said}" for name, said in header.items()))
    for part in _shown(parts):
        text = _text(part)
        if part.get_content_subtype() == "html":
            write_html(writer, text)
        else:
            write_plain(writer, text)
    extra = {name.lower(): header[name] for name in ("To", "Cc") if name in header}
    yield writer.document(
        file.name,
        source=file.name,
        media_type=MESSAGE,
        title=header.get("Subject") or "(no subject)",
        metadata=Metadata(author=header.get("From"), date=_date(message), extra=extra),
    )
    for number, part in enumerate(filter(_attached, parts), start=1):
        kind = part.get_content_type()
        name = _file_name(part) or f"attachment-{number}{'.eml' if kind == MESSAGE else ''}"
        yield file.inside(name, _content(part), media_type=kind if kind == MESSAGE else None)


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a message; a message within it is one, too."""
    inside = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(inside, list):
        for part in inside:
            if isinstance(part, Message):
                yield from _parts(part)
    else:
        yield message


def _attached(part: Message) -> bool:
    """Whether a part is a file, and no text of the message itself."""
    if part.get_content_disposition() == "attachment" or _file_name(part):
        return True
    # What calls itself a multipart and is none is the text that its maker forgot to part.
    return part.get_content_maintype() not in ("text", "multipart")


def _shown(parts: list[Message]) -> list[Message]:
    """The message's own text: plain where it is, for the HTML beside it says the same."""
    texts = [part for part in parts if not _attached(part)]
    plain = [part for part in texts if part.get_content_subtype() != "html" and _content(part)]
    return plain or texts


def _content(part: Message) -> bytes:
    inside = part.get_payload()
    if isinstance(inside, list):
        return b"\n".join(each.as_bytes() for each in inside if isinstance(each, Message))
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(inside or "").encode("utf-8", "surrogateescape")


def _text(part: Message) -> str:
    content = _content(part)
    try:
        return decode(content, declared=part.get_content_charset())
    except UnreadableFile:
        return content.decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    """What a header says, decoded as far as it can be."""
    # Each item is (name, value); the values have bytes beyond ASCII as lone surrogates.
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    raw = str(next(found, "")).encode("utf-8", "surrogateescape")
    text = decode(raw)
    with suppress(ValueError, LookupError):
        text = str(make_header(decode_header(text)))
    return one_line(text.replace("\ufffd", " "))


def _date(message: Message) -> str | None:
    try:
        return parsedate_to_datetime(str(message["Date"])).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _file_name(part: Message) -> str:
    """The name that a part gives itself, without the folders it may pretend to lie in."""
    try:
        name = part.get_filename()
        name = str(make_header(decode_header(name))) if name else ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
    name = re.split(r"[/\\]", name)[-1].encode("utf-8", "replace").decode("utf-8")
    return one_line(name).lstrip(".")
