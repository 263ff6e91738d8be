"""The id of a text that agents get: its document, its span, and the build that has it.

A build never changes, so an id names the same text for as long as the build is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Self

from chatbot.addresses import document_address
from chatbot.types import Span

# Parsed from its end, because the id of a document may have any characters.
_FORM: Final = re.compile(r"(.+)#(?:([0-9]{1,12})-([0-9]{1,12}))?@([A-Za-z0-9-]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextId:
    """A document of a build and a span in it; None is the whole document.

    It is written `arms-sales.md#812-905@BUILD`, and `arms-sales.md#@BUILD` without a span.
    """

    doc_id: str
    span: Span | None
    build: str

    def __str__(self) -> str:
        span = f"{self.span.start}-{self.span.end}" if self.span else ""
        return f"{self.doc_id}#{span}@{self.build}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The id that a text has; None if the text has another form."""
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        doc_id, start, end, build = match.groups()
        return cls(doc_id, Span(int(start), int(end)) if start else None, build)

    @property
    def path(self) -> str:
        """The path and query of the source viewer at this text."""
        if self.span is None:
            return document_address("source", self.doc_id, build=self.build)
        span = f"{self.span.start}-{self.span.end}"
        return f"{document_address('source', self.doc_id, span=span, build=self.build)}#evidence"
