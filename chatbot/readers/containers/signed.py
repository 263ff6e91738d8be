"""Signed files (`.p7m`, S/MIME): the file that a signature encloses (RFC 5652).

The signature isn't checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from asn1crypto.cms import ContentInfo

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.media_types import MESSAGE
from chatbot.readers.raw_file import RawFile

_SIGNED: Final = "signed_data"
_MAIL_STARTS: Final = (b"content-", b"mime-version:")


def read_signed(file: RawFile) -> Iterator[RawFile]:
    """Yield the enclosed file, named like the signed one without its last suffix.

    Raises UnreadableFile if the file is encrypted or damaged, or a signature without content.
    """
    try:
        envelope = ContentInfo.load(file.data)
        kind = envelope["content_type"].native
        content = envelope["content"]["encap_content_info"]["content"] if kind == _SIGNED else None
        data = content.native if content is not None else None
    except (ValueError, TypeError, KeyError) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, "its signature can't be read") from failure
    if kind != _SIGNED:
        raise UnreadableFile(SkipKind.ENCRYPTED)
    if not isinstance(data, bytes):
        raise UnreadableFile(SkipKind.NO_TEXT, "a signature without its file")
    # Mail encloses the text of its message, with only the headers that describe it.
    is_mail = data[:20].lstrip().lower().startswith(_MAIL_STARTS)
    name = "message.eml" if is_mail else PurePosixPath(file.name).stem
    enclosed = file.inside(name, data, media_type=MESSAGE if is_mail else None)
    # A signature isn't a folder, so the depth of its file is its own.
    yield enclosed.at_depth(file.depth)
