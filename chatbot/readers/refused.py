"""Formats that are recognised and not read: what the owner of such a file can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.detection.office_kind import DOC, ENCRYPTED, PPT
from chatbot.readers.raw_file import RawFile
from chatbot.types import Document

_REASONS: Final = {
    ENCRYPTED: "encrypted: remove the password and build again",
    DOC: "unsupported format: Word before 2007; save it as DOCX and build again",
    PPT: "unsupported format: PowerPoint before 2007; save it as PPTX and build again",
}


def _refusing(reason: str) -> Callable[[RawFile], Iterator[Document]]:
    def refuse(_: RawFile) -> Iterator[Document]:
        raise UnreadableFile(reason)

    return refuse


REFUSED: Final[Mapping[str, Callable[[RawFile], Iterator[Document]]]] = {
    kind: _refusing(reason) for kind, reason in _REASONS.items()
}
