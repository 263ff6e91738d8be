"""Outlook messages (`.msg`): like other mail, header and text, then each attachment as a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from olefile import OleFileIO
from oxmsg.domain import constants
from oxmsg.properties import Properties
from oxmsg.storage import Storage

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.containers.compressed_rtf import decompressed_rtf
from chatbot.readers.decoding.decode import decode
from chatbot.readers.document_writer import DocumentWriter
from chatbot.readers.markup.html import write_html
from chatbot.readers.markup.plain import write_plain
from chatbot.readers.media_types import OUTLOOK, RTF
from chatbot.readers.raw_file import RawFile, Skipped
from chatbot.text.clean import one_line
from chatbot.types import Document, Metadata

# Where the properties begin: in the file's own message, in one attached to it, in an attachment.
_MESSAGE_OFFSET, _ATTACHED_OFFSET, _ATTACHMENT_OFFSET = 32, 24, 8
_ATTACHED_MESSAGE: Final = "__substg1.0_3701000D"
_DEEPEST: Final = 2


def read_outlook(file: RawFile) -> Iterator[Document | RawFile | Skipped]:
    """Yield the message, then its attachments; an attached message is a document too."""
    try:
        with OleFileIO(file.data) as container:
            storage = Storage.from_ole(container)
    except (OSError, ValueError, IndexError, KeyError, TypeError) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it can't be opened ({failure})") from failure
    yield from _message(file, storage, _MESSAGE_OFFSET)


def _message(
    file: RawFile, storage: Storage, offset: int, depth: int = 0
) -> Iterator[Document | RawFile | Skipped]:
    properties = Properties(storage, properties_header_offset=offset)
    yield from _text(file, properties)
    for number, attachment in enumerate(storage.iter_attachment_storages(), start=1):
        own = Properties(attachment, properties_header_offset=_ATTACHMENT_OFFSET)
        stated = _string(own, constants.PID_ATTACH_LONG_FILENAME)
        name = re.split(r"[/\\]", stated)[-1].lstrip(".") or f"attachment-{number}"
        inner = next((part for part in attachment.storages if part.name == _ATTACHED_MESSAGE), None)
        if inner is not None:
            inside = file.inside(f"attachment-{number}.msg", b"", media_type=OUTLOOK)
            if depth < _DEEPEST:
                yield from _message(inside, inner, _ATTACHED_OFFSET, depth + 1)
            else:
                yield Skipped(inside.name, SkipReason(SkipKind.TOO_DEEP))
        elif (data := _binary(own, constants.PID_ATTACH_DATA_BINARY)) is not None:
            yield file.inside(name, data)


def _text(file: RawFile, properties: Properties) -> Iterator[Document | RawFile]:
    """The message; its text if it has one in plain letters, else in HTML, else in RTF."""
    sender = _string(properties, constants.PID_SENDER_NAME) or _string(
        properties, constants.PID_SENT_REPRESENTING_NAME
    )
    address = _string(properties, constants.PID_SENDER_SMTP_ADDRESS) or _string(
        properties, constants.PID_SENDER_EMAIL_ADDRESS
    )
    if "@" in address and address != sender:
        sender = f"{sender} <{address}>".strip()
    sent = properties.date_prop_value(constants.PID_CLIENT_SUBMIT_TIME) or (
        properties.date_prop_value(constants.PID_MESSAGE_DELIVERY_TIME)
    )
    header = {
        "From": sender,
        "To": _string(properties, constants.PID_DISPLAY_TO),
        "Cc": _string(properties, constants.PID_DISPLAY_CC),
        "Date": f"{sent:%Y-%m-%d %H:%M}" if sent else "",
        "Subject": _string(properties, constants.PID_SUBJECT),
    }
    writer = DocumentWriter()
    shown = (f"{name}: {value}" for name, value in header.items() if value)
    writer.add("paragraph", "; ".join(shown))
    plain = _string(properties, constants.PID_BODY, lines=True)
    page = _binary(properties, constants.PID_HTML)
    if plain.strip():
        write_plain(writer, plain)
    elif page:
        write_html(writer, decode(page))
    elif html := _string(properties, constants.PID_BODY_HTML, lines=True):
        write_html(writer, html)
    yield writer.document(
        file.name,
        source=file.name,
        media_type=OUTLOOK,
        title=header["Subject"] or "(no subject)",
        metadata=Metadata(
            author=header["From"] or None,
            date=f"{sent:%Y-%m-%d}" if sent else None,
            extra={name.lower(): header[name] for name in ("To", "Cc") if header[name]},
        ),
    )
    packed = _binary(properties, constants.PID_RTF_COMPRESSED)
    if packed and not plain.strip() and not page:
        yield file.inside("message.rtf", decompressed_rtf(packed), media_type=RTF)


def _string(properties: Properties, name: int, *, lines: bool = False) -> str:
    """A text property; empty if it is missing or damaged."""
    value = _value(properties.str_prop_value, name)
    text = value if isinstance(value, str) else ""
    return text if lines else one_line(text.replace("\0", ""))


def _binary(properties: Properties, name: int) -> bytes | None:
    value = _value(properties.binary_prop_value, name)
    return value if isinstance(value, bytes) else None


def _value(get: Any, name: int) -> Any:
    try:
        return get(name)
    except (KeyError, LookupError, UnicodeError, ValueError):
        return None
