"""What the templates know about the reader: which links to offer. It protects nothing."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Reader:
    """Whether the reader may open the curators' pages or add documents; the account's name."""

    curates: bool = True
    adds: bool = False
    account: str = ""


READER: Final[ContextVar[Reader]] = ContextVar("READER")
