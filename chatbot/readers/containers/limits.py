"""How much an archive may unpack to, and the path of a file in it."""

from __future__ import annotations

from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.text.clean import one_line

MEGABYTE: Final = 1_000_000
# A sheet of a million rows unpacks to about 200 MB, the pictures of a large book to less.
_LARGEST_TOTAL: Final = 600 * MEGABYTE
LARGEST_MEMBER: Final = 400 * MEGABYTE
_MOST_MEMBERS: Final = 50_000
# Sheets of equal rows shrink to a hundredth, a bomb to a thousandth; text never below a hundredth.
_LARGEST_RATIO: Final = 250
_SMALL: Final = 20 * MEGABYTE


def check_unpacked(total: int, *, packed: int, members: int = 1) -> None:
    """Check what an archive says of its size, before anything is unpacked.

    Raises UnreadableFile if it has too many files or would unpack to too many bytes.
    """
    if members > _MOST_MEMBERS:
        raise UnreadableFile(SkipKind.TOO_LARGE, f"{members:,} files inside")
    if total > _LARGEST_TOTAL or total > max(_SMALL, _LARGEST_RATIO * packed):
        raise UnreadableFile(SkipKind.TOO_LARGE, f"it unpacks to {total / MEGABYTE:,.0f} MB")


def largest_unpacked(packed: int) -> int:
    """The most bytes that a single packed file may unpack to."""
    return min(LARGEST_MEMBER, max(_SMALL, _LARGEST_RATIO * packed))


def member_path(name: str) -> str:
    """A member's path, which never leads out of the archive; empty if the member is hidden."""
    parts = [one_line(part) for part in name.replace("\\", "/").split("/")]
    segments = [part for part in parts if part not in ("", ".", "..")]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in segments)
    return "" if hidden else "/".join(segments)
