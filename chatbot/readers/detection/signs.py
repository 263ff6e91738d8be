"""The signs by which a format is recognised.

Binary signs (`Begins`, `At`, `Contains`, and those inside a ZIP or an OLE file) are looked for
first, text signs (`TextBegins`, `XmlRoot`, `TextLooksLike`) in files without a binary one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Begins:
    """The file begins with these bytes, after white space and a byte order mark, if any."""

    start: bytes


@dataclass(frozen=True, slots=True)
class At:
    """The file has these bytes at this offset."""

    offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Contains:
    """The pattern matches somewhere in the first `within` bytes."""

    pattern: re.Pattern[bytes]
    within: int


@dataclass(frozen=True, slots=True)
class ZipFolder:
    """An Office Open XML package has this folder; its name ends with a slash."""

    name: str


@dataclass(frozen=True, slots=True)
class ZipMimetype:
    """A ZIP package names this type in its member `mimetype`."""

    name: str


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A ZIP package without a member `mimetype` has this member."""

    name: str


@dataclass(frozen=True, slots=True)
class OleStream:
    """An OLE file has a stream of this name."""

    name: str


@dataclass(frozen=True, slots=True)
class TextBegins:
    """The pattern matches the beginning of the text; checked before the XML root."""

    pattern: re.Pattern[bytes]


@dataclass(frozen=True, slots=True)
class XmlRoot:
    """The file declares itself as XML, and its root element has this name, prefix included."""

    name: bytes


@dataclass(frozen=True, slots=True)
class TextLooksLike:
    """The pattern matches the beginning of a text that no other sign and no suffix identifies."""

    pattern: re.Pattern[bytes]


Sign = (
    Begins
    | At
    | Contains
    | ZipFolder
    | ZipMimetype
    | ZipMember
    | OleStream
    | TextBegins
    | XmlRoot
    | TextLooksLike
)

# Signs inside a package. If none can be found in a damaged package, its suffix decides.
PACKAGED: Final = (ZipFolder, ZipMimetype, ZipMember, OleStream)
TEXTUAL: Final = (TextBegins, XmlRoot, TextLooksLike)
