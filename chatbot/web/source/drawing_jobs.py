"""The messages between a server and the process that draws its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chatbot.types import Box, Span


class Sheet(NamedTuple):
    """A page: its size in points, and the boxes of the requested ranges."""

    number: int
    width: float
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """A picture of one page, or the sheets of pages, each with ranges of its characters.

    `sha256` is the hash that the file must have; `modified_ns` and `size` are as it was opened.
    """

    sha256: str
    modified_ns: int
    size: int
    path: str = ""
    picture: int | None = None
    sheets: tuple[tuple[int, tuple[Span, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """The result of a job: an image, sheets, or an error with the reason."""

    image: bytes = b""
    sheets: tuple[Sheet, ...] = ()
    error: str = ""
