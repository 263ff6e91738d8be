"""A file as a reader gets it, and what a reader says of one that it can't read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from chatbot.errors import SkipReason


@dataclass(frozen=True, slots=True)
class RawFile:
    """Bytes, and what to call what is found in them.

    `name` is the path from the corpus, with forward slashes, and the id of a lone document; a
    file inside another continues the path of that. A file that holds several documents begins
    their ids with `prefix`. `depth` counts the files around this one. `media_type` is set where
    whoever holds the bytes knows what they are.
    """

    name: str
    data: bytes
    prefix: str = ""
    depth: int = 0
    media_type: str | None = None

    def inside(self, name: str, data: bytes, *, media_type: str | None = None) -> RawFile:
        """A file that lies inside this one."""
        path = f"{self.name}/{name}"
        return RawFile(path, data, f"{path}/", self.depth + 1, media_type)

    def renamed(self, name: str, media_type: str) -> RawFile:
        """The same file by another path, which need not tell its type any more."""
        return replace(self, name=name, prefix=f"{name}/", media_type=media_type)

    def at_depth(self, depth: int) -> RawFile:
        """The same file as if it lay so deep."""
        return replace(self, depth=depth)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file inside another that can't be read, by its path, and why; the others are read."""

    name: str
    reason: SkipReason


def unused(name: str, times: Counter[str]) -> str:
    """The name, or the name with the first number that makes it one of its own."""
    free = name
    while times[free]:
        times[name] += 1
        free = f"{name}~{times[name]}"
    times[free] += 1
    return free
