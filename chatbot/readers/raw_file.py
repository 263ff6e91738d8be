"""A reader's input (`RawFile`), and its report on an inner file that it can't read (`Skipped`)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from chatbot.errors import SkipReason


@dataclass(frozen=True, slots=True)
class RawFile:
    """The bytes of a file, and its name.

    `name` is the path from the corpus, with forward slashes; the path of an inner file continues
    that of its container. If the file has a single document, its id is `name`; otherwise the ids
    begin with `prefix`. `depth` counts the containers around the file. `media_type` is None until
    it is detected.
    """

    name: str
    data: bytes
    prefix: str = ""
    depth: int = 0
    media_type: str | None = None

    def inside(self, name: str, data: bytes, *, media_type: str | None = None) -> RawFile:
        """A file inside this one."""
        path = f"{self.name}/{name}"
        return RawFile(path, data, f"{path}/", self.depth + 1, media_type)

    def renamed(self, name: str, media_type: str) -> RawFile:
        """The same file under another path, with its media type fixed."""
        return replace(self, name=name, prefix=f"{name}/", media_type=media_type)

    def at_depth(self, depth: int) -> RawFile:
        """The same file at another depth."""
        return replace(self, depth=depth)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An inner file that can't be read, and why; the other inner files are still read."""

    name: str
    reason: SkipReason


def unused_name(name: str, uses: Counter[str]) -> str:
    """The name, with a number appended if it was used before; `uses` counts the uses."""
    candidate = name
    while uses[candidate]:
        uses[name] += 1
        candidate = f"{name}~{uses[name]}"
    uses[candidate] += 1
    return candidate
