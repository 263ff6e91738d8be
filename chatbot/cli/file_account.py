"""The tables of a build's files: how many were read by format, and why files were skipped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chatbot.readers.installed import installed_formats

if TYPE_CHECKING:
    from chatbot.errors import SkipKind
    from chatbot.index.manifest import FormatCount, SkippedFile
    from chatbot.index.rights import GroupCounts

TextRow = tuple[str, ...]


def format_rows(formats: Mapping[str, FormatCount]) -> Iterator[TextRow]:
    """The number of files found and indexed per format."""
    yield "format", "found", "indexed"
    names = installed_formats()
    for media_type, files in formats.items():
        name = names.name(media_type) if media_type else "not opened"
        yield name, f"{files.found:,}", f"{files.read:,}"


def group_rows(counts: GroupCounts) -> Iterator[TextRow]:
    """The number of documents by the groups that may see them; nothing if everyone sees all."""
    if not counts.groups and not counts.nobody:
        return
    yield "who may see", "documents"
    yield "everyone", f"{counts.everyone:,}"
    for name, number in counts.groups.items():
        yield name, f"{number:,}"
    if counts.nobody:
        yield "nobody", f"{counts.nobody:,}"


def skipped_rows(skipped: Sequence[SkippedFile], *, most: int | None) -> Iterator[TextRow]:
    """The skipped files with their reasons, the most frequent kind of problem first.

    At most `most` files of a kind are named; the rest are counted.
    """
    yield "skipped", "why"
    by_kind: dict[SkipKind, list[SkippedFile]] = defaultdict(list)
    for file in skipped:
        by_kind[file.kind].append(file)
    for kind, files in sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0])):
        for file in files[:most]:
            yield file.path, str(file.reason)
        if most is not None and len(files) > most:
            yield f"… and {len(files) - most:,} more", kind.label
