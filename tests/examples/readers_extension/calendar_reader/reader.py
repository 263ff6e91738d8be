"""iCalendar (RFC 5545) -> one document: a heading per event, its description below."""

import re
from collections.abc import Iterator

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers import RawFile
from chatbot.readers.document_writer import DocumentWriter
from chatbot.types import Document

# A line that begins with a blank continues the one before.
_FOLD = re.compile(r"\r?\n[ \t]")


def read_calendar(file: RawFile) -> Iterator[Document]:
    """Yield one document with every event of the calendar."""
    text = _FOLD.sub("", file.data.decode("utf-8", "replace"))
    if "END:VCALENDAR" not in text:
        raise UnreadableFile(SkipKind.DAMAGED, "the calendar has no end")
    writer = DocumentWriter()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name == "SUMMARY":
            writer.add("heading", value, level=1)
        elif name == "DESCRIPTION":
            writer.add("paragraph", value.replace("\\n", "\n").replace("\\,", ","))
    yield writer.document(file.name, source=file.name, media_type="text/calendar")
