"""Pages that Safari saved (`.webarchive`): a property list with the page in it."""

from __future__ import annotations

import plistlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, Final
from xml.parsers.expat import ExpatError

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.decoding.decode import decode
from chatbot.readers.markup.html import read_html
from chatbot.readers.media_types import PROPERTY_LIST
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?[\w-]+", re.IGNORECASE)


def read_web_archive(file: RawFile) -> Iterator[Document]:
    """Yield the page as one document. Raises UnreadableFile if the list holds no page."""
    try:
        content = plistlib.loads(file.data)
    except (plistlib.InvalidFileException, ExpatError, ValueError, OverflowError) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it isn't a property list ({failure})") from failure
    page = content.get("WebMainResource") if isinstance(content, dict) else None
    if not isinstance(page, dict) or not isinstance(page.get("WebResourceData"), bytes):
        suffix = PurePosixPath(file.name).suffix
        raise UnreadableFile(SkipKind.UNSUPPORTED, f"{suffix} ({PROPERTY_LIST})".strip())
    for document in read_html(replace(file, data=_page(page))):
        yield replace(document, media_type=PROPERTY_LIST)


def _page(resource: dict[str, Any]) -> bytes:
    """The page in UTF-8; what it says of its encoding is outdated then."""
    encoding = resource.get("WebResourceTextEncodingName")
    text = decode(
        resource["WebResourceData"], declared=encoding if isinstance(encoding, str) else None
    )
    return _CHARSET.sub("charset=utf-8", text, count=1).encode()
