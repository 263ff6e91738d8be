"""The account of a build for people: every file that was found, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chatbot.readers.installed import installed_formats

if TYPE_CHECKING:
    from chatbot.errors import SkipKind
    from chatbot.index.manifest import FormatCount, SkippedFile

Row = tuple[str, ...]


def format_rows(formats: Mapping[str, FormatCount]) -> Iterator[Row]:
    """How many files there are of each format, and how many are in the index."""
    yield "format", "found", "indexed"
    known = installed_formats()
    for media_type, count in formats.items():
        name = known.name(media_type) if media_type else "not opened"
        yield name, f"{count.found:,}", f"{count.read:,}"


def skipped_rows(skipped: Sequence[SkippedFile], *, most: int | None) -> Iterator[Row]:
    """What was skipped and why, the most frequent kind of reason first.

    With `most`, no more of a kind are named than that, and the rest of it is counted.
    """
    yield "skipped", "why"
    by_kind: dict[SkipKind, list[SkippedFile]] = defaultdict(list)
    for file in skipped:
        by_kind[file.kind].append(file)
    for kind, files in sorted(by_kind.items(), key=lambda entry: (-len(entry[1]), entry[0])):
        for file in files[:most]:
            yield file.path, str(file.reason)
        if most is not None and len(files) > most:
            yield f"… and {len(files) - most:,} more", kind.label
