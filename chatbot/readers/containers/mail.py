"""Mail: header and text of a message as a document, and each attachment as a separate file.

Old mail breaks every rule: unknown encodings, parts without an end, impossible dates. A header
that can't be decoded is left out; the text is always kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.decoding.base64_text import bytes_of_base64
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.file_properties import message_date
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.plain import write_plain
from chatbot.readers.media_types import MESSAGE
from chatbot.readers.raw_file import RawFile
from chatbot.text.clean import one_line
from chatbot.types import Document, Metadata

_SHOWN_HEADERS: Final = ("From", "To", "Cc", "Date", "Subject")
# Kinds of text that are the message itself.
_READ: Final = frozenset("plain html enriched richtext markdown x-markdown x-web-markdown".split())
# In a mailbox a message begins with "From ", the sender and the time, after a blank line or at the
# start. A header follows, or a blank line. Text may have lines that begin with "From ", too.
_ENVELOPE: Final = re.compile(
    rb"\AFrom [^\n]*\n"
    rb"|(?:(?<=\n\n)|(?<=\n\r\n))From (?=[^\n]*\d\d:\d\d)[^\n]*\n(?=[^\s:]+:|>From |\s)"
)
# Addresses aren't words; neither is what styles and comments say.
_WORD: Final = re.compile(r"(?<!\S)[^\W_](?:(?!://)\S)*(?!\S)")
_TAG: Final = re.compile(r"(?is)<(style|script|head)\b.*?</\1>|<!--.*?-->|<[^>]*>|&\w+;")
_STUB_SHARE: Final = 4
_STUB_WORDS: Final = 5
_QUOTED_FROM: Final = re.compile(rb"^>(>*From )", re.MULTILINE)


def read_mailbox(file: RawFile) -> Iterator[RawFile]:
    """Yield the messages, named by their number."""
    starts, ends = [0], []
    for envelope in _ENVELOPE.finditer(file.data):
        ends.append(envelope.start())
        starts.append(envelope.end())
    texts = (file.data[start:end] for start, end in zip(starts, [*ends, None], strict=True))
    # Before the first envelope there is no message, except in a file that is no real mailbox.
    for number, text in enumerate(filter(bytes.strip, texts), start=1):
        data = _QUOTED_FROM.sub(rb"\1", text)
        message = file.inside(str(number), data, media_type=MESSAGE)
        # A mailbox counts as a folder, so the depth of its messages is its own.
        yield message.at_depth(file.depth)


def read_message(file: RawFile) -> Iterator[Document | RawFile]:
    """Yield the message, then its attachments."""
    # The newer policy raises on malformed headers.
    message = message_from_bytes(file.data, policy=policy.compat32)
    parts = list(_parts(message))
    writer = DocumentWriter()
    header = {name: value for name in _SHOWN_HEADERS if (value := _header(message, name))}
    writer.add("paragraph", "; ".join(f"{name}: {value}" for name, value in header.items()))
    for part in _text_parts(parts):
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
        metadata=Metadata(
            author=header.get("From"), date=message_date(str(message["Date"])), extra=extra
        ),
    )
    for number, part in enumerate(filter(_is_attached, parts), start=1):
        kind = part.get_content_type()
        name = _file_name(part) or f"attachment-{number}{'.eml' if kind == MESSAGE else ''}"
        yield file.inside(name, _content(part), media_type=kind if kind == MESSAGE else None)


def _parts(message: Message) -> Iterator[Message]:
    """The leaf parts of a message; an attached message counts as a leaf."""
    payload = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(payload, list):
        parts = [list(_parts(part)) for part in payload if isinstance(part, Message)]
        if message.get_content_subtype() == "alternative":
            parts = [part for part in parts if not _is_stub(part, parts)]
            if any(map(_is_plain, parts)):
                parts = [[leaf for leaf in part if not _is_page(leaf)] for part in parts]
        for part in parts:
            yield from part
    else:
        yield message


def _is_stub(version: list[Message], versions: list[list[Message]]) -> bool:
    """Whether a version only points to the HTML version ("See the HTML part")."""
    if [part.get_content_type() for part in version] != ["text/plain"]:
        return False
    pages = [part for each in versions for part in each if part.get_content_type() == "text/html"]
    count = _STUB_SHARE * len(_WORD.findall(_text(version[0]))) + _STUB_WORDS
    return any(len(_WORD.findall(_TAG.sub(" ", _text(page)))) >= count for page in pages)


def _is_plain(version: list[Message]) -> bool:
    """Whether a version has text, none of it in HTML."""
    texts = [part for part in version if not _is_attached(part) and _is_message_text(part)]
    return not any(map(_is_page, texts)) and any(_content(part).strip() for part in texts)


def _is_page(part: Message) -> bool:
    """Whether a part is text of the message in HTML."""
    return part.get_content_type() == "text/html" and not _is_attached(part)


def _is_attached(part: Message) -> bool:
    """Whether a part is an attached file, not text of the message itself."""
    if part.get_content_disposition() == "attachment" or _file_name(part):
        return True
    # A multipart without parts is the text, from a program that forgot the boundaries.
    return part.get_content_maintype() not in ("text", "multipart")


def _is_message_text(part: Message) -> bool:
    """Whether a text is meant to be read, unlike the style of a saved page or an invitation."""
    return part.get_content_maintype() != "text" or part.get_content_subtype() in _READ


def _text_parts(parts: list[Message]) -> list[Message]:
    """The message's own text, without styles and the like unless it has nothing else."""
    texts = [part for part in parts if not _is_attached(part)]
    return [part for part in texts if _is_message_text(part)] or texts


def _content(part: Message) -> bytes:
    payload = part.get_payload()
    is_base64 = str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64"
    if isinstance(payload, list):
        messages = b"\n".join(item.as_bytes() for item in payload if isinstance(item, Message))
        # An attached message mustn't be encoded, but some programs encode it.
        return (bytes_of_base64(messages.decode("latin-1")) if is_base64 else None) or messages
    try:
        content = part.get_payload(decode=True)
        if is_base64:
            content = bytes_of_base64(str(payload)) or content
    except (ValueError, LookupError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(payload or "").encode("utf-8", "surrogateescape")


def _text(part: Message) -> str:
    content = _content(part)
    try:
        return decode(content, declared=part.get_content_charset())
    except UnreadableFile:
        return content.decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    """A header's value, decoded as far as possible."""
    # In raw values, bytes beyond ASCII are lone surrogates.
    values = (value for key, value in message.raw_items() if key.lower() == name.lower())
    raw = str(next(values, "")).encode("utf-8", "surrogateescape")
    text = decode(raw)
    with suppress(ValueError, LookupError):
        text = str(make_header(decode_header(text)))
    return one_line(text.replace("\ufffd", " "))


def _file_name(part: Message) -> str:
    """The file name that a part states, without any folders."""
    try:
        name = part.get_filename()
        name = str(make_header(decode_header(name))) if name else ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""
    name = re.split(r"[/\\]", name)[-1].encode("utf-8", "replace").decode("utf-8")
    return one_line(name).lstrip(".")
