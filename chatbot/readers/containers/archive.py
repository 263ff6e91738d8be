"""Archives: a ZIP file's members, and the one file that a gzip stream holds.

What is in an archive is a file of its own, whose path continues that of the archive. Hidden
members are left out, as hidden files of a folder are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import suppress
from gzip import BadGzipFile, GzipFile
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.raw_file import RawFile, Skipped
from chatbot.text.clean import one_line

# The parts of a document, a program or a drawing, which mean nothing each by itself.
_PACKED: Final = (
    "[Content_Types].xml",
    "mimetype",
    "META-INF/MANIFEST.MF",
    "Index/Document.iwa",
    "buildVersionHistory.plist",
    "index.apxl",
)
_LARGEST: Final = 400_000_000
# Deflate can shrink zeros to a thousandth; no text goes below a hundredth.
_LARGEST_RATIO: Final = 250
_SMALL: Final = 20_000_000


def read_zip(file: RawFile) -> Iterator[RawFile | Skipped]:
    """The members; one that is encrypted, damaged or too large is skipped alone."""
    package = Package(file.data)
    if any(sign in package for sign in _PACKED):
        suffix = PurePosixPath(file.name).suffix
        raise UnreadableFile(SkipKind.UNSUPPORTED, f"{suffix or 'a package'} (application/zip)")
    for stored in package.names:
        name = _place(stored)
        if not name:
            continue
        try:
            yield file.inside(name, package.read(stored))
        except UnreadableFile as failure:
            yield Skipped(f"{file.name}/{name}", failure.reason)


def _place(stored: str) -> str:
    """A member's path in the archive, which never leads out of it; empty where it is hidden."""
    # Without a flag that says UTF-8 zipfile takes names for those of DOS, and many lie.
    with suppress(UnicodeError):
        stored = stored.encode("cp437").decode("utf-8")
    parts = [one_line(part) for part in stored.replace("\\", "/").split("/")]
    named = [part for part in parts if part not in ("", ".", "..")]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in named)
    return "" if hidden else "/".join(named)


def read_gzip(file: RawFile) -> Iterator[RawFile]:
    """The file that was packed, under the archive's name without its suffix."""
    most = min(_LARGEST, max(_SMALL, _LARGEST_RATIO * len(file.data)))
    try:
        with GzipFile(fileobj=BytesIO(file.data)) as stream:
            data = stream.read(most + 1)
    except (BadGzipFile, EOFError, zlib.error) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it can't be unpacked ({failure})") from failure
    if len(data) > most:
        raise UnreadableFile(SkipKind.TOO_LARGE, f"it unpacks to more than {most / 1e6:,.0f} MB")
    name = PurePosixPath(file.name)
    packed = {".tgz": name.stem + ".tar", ".svgz": name.stem + ".svg"}
    yield file.inside(packed.get(name.suffix.lower(), name.stem), data)
