"""The lines of calendars and contacts (RFC 5545, RFC 6350): unfolded, decoded, by component."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chatbot.readers.decoding.decode import decode
from chatbot.text.clean import one_line

_FOLD: Final = re.compile(r"\n[ \t]")
_SOFT_BREAK: Final = re.compile(r"=\n")
_NAME: Final = re.compile(
    r"(?:[\w-]+\.)?([A-Za-z-]+)((?:;(?:\"[^\"]*\"|[^\":])*)?):(.*)", re.DOTALL
)
_PARAMETER: Final = re.compile(r";([A-Za-z-]+)(?:=((?:\"[^\"]*\"|[^;\"])*))?")
_ESCAPED: Final = re.compile(r"\\([\\;,nN:])")


class ContentLine(NamedTuple):
    """A property: its name in capitals, its parameters, and its value as stated."""

    name: str
    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value without escapes, with its line breaks."""
        return _unescaped(self.value)

    @property
    def line(self) -> str:
        """The value on one line."""
        return one_line(self.text)

    def parts(self) -> list[str]:
        """The parts of a value that semicolons separate."""
        parts = re.split(r"(?<!\\);", self.value)
        return [one_line(_unescaped(part)) for part in parts]


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda sign: "\n" if sign[1] in "nN" else sign[1], value)


Component = dict[str, list[ContentLine]]


def components(data: bytes, *kinds: str) -> Iterator[tuple[str, Component]]:
    """The components of some kinds in order, each with its properties by name.

    A component inside another one, such as an alarm, is left out of it.
    """
    opened: list[tuple[str, Component]] = []
    text = decode(data)
    if "QUOTED-PRINTABLE" in text.upper():
        text = _SOFT_BREAK.sub("", text)
    for raw in _FOLD.sub("", text).split("\n"):
        line = _parsed(raw)
        if line is None:
            continue
        if line.name == "BEGIN":
            opened.append((line.value.strip().upper(), {}))
        elif line.name == "END":
            yield from opened[-1:] if opened and opened[-1][0] in kinds else ()
            del opened[-1:]
        elif opened:
            opened[-1][1].setdefault(line.name, []).append(line)
    # These aren't ended if the file is cut off.
    yield from (component for component in reversed(opened) if component[0] in kinds)


def _parsed(raw: str) -> ContentLine | None:
    match = _NAME.fullmatch(raw)
    if not match:
        return None
    parameters = {
        name.upper(): (value or name).strip('"') for name, value in _PARAMETER.findall(match[2])
    }
    value = match[3]
    quoted = parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE"
    if quoted or "QUOTED-PRINTABLE" in parameters:
        content = quopri.decodestring(value.encode("utf-8", "replace"))
        value = decode(content, declared=parameters.get("CHARSET")).replace("\n", "\\n")
    return ContentLine(match[1].upper(), parameters, value)
