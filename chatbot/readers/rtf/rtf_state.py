"""What holds at a place in an RTF file: the group and the paragraph around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

BODY_LEVEL: Final = 9


@dataclass
class State:
    """What a group inherits from its outer group."""

    destination: str = "body"  # where its words go
    fallback_size: int = 1  # the length of the replacement that follows a Unicode character
    font: int | None = None
    unseen: bool = False
    struck: bool = False
    raised: bool = False


@dataclass
class Paragraph:
    """The paragraph being read."""

    words: list[str] = field(default_factory=list)
    outline: int = BODY_LEVEL
    style: int = 0
    listed: bool = False
    marked: bool = False
    in_table: bool = False
