"""Archives: the members of a ZIP file, and the single file in a gzip stream.

Each member is a separate file, whose path continues that of the archive. Hidden members are
left out, like hidden files in a folder.
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

# Members that mark a package of another format: a document, a program or a drawing.
_PACKAGE_MEMBERS: Final = (
    "[Content_Types].xml",
    "mimetype",
    "META-INF/MANIFEST.MF",
    "Index/Document.iwa",
    "buildVersionHistory.plist",
    "index.apxl",
)
_LARGEST: Final = 400_000_000
# Deflate shrinks zeros to a thousandth, text never below a hundredth.
_LARGEST_RATIO: Final = 250
_SMALL: Final = 20_000_000


def read_zip(file: RawFile) -> Iterator[RawFile | Skipped]:
    """Yield the members; an encrypted, damaged or oversized member is yielded as `Skipped`."""
    package = Package(file.data)
    if any(member in package for member in _PACKAGE_MEMBERS):
        suffix = PurePosixPath(file.name).suffix
        raise UnreadableFile(SkipKind.UNSUPPORTED, f"{suffix or 'a package'} (application/zip)")
    for member_name in package.names:
        name = _path(member_name)
        if not name:
            continue
        try:
            yield file.inside(name, package.read(member_name))
        except UnreadableFile as failure:
            yield Skipped(f"{file.name}/{name}", failure.reason)


def _path(member_name: str) -> str:
    """A member's path, which never leads out of the archive; empty if the member is hidden."""
    # Without the UTF-8 flag zipfile assumes DOS names, but many archives lack the flag.
    with suppress(UnicodeError):
        member_name = member_name.encode("cp437").decode("utf-8")
    parts = [one_line(part) for part in member_name.replace("\\", "/").split("/")]
    segments = [part for part in parts if part not in ("", ".", "..")]
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in segments)
    return "" if hidden else "/".join(segments)


def read_gzip(file: RawFile) -> Iterator[RawFile]:
    """Yield the packed file, named like the archive without its suffix."""
    limit = min(_LARGEST, max(_SMALL, _LARGEST_RATIO * len(file.data)))
    try:
        with GzipFile(fileobj=BytesIO(file.data)) as stream:
            data = stream.read(limit + 1)
    except (BadGzipFile, EOFError, zlib.error) as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it can't be unpacked ({failure})") from failure
    if len(data) > limit:
        raise UnreadableFile(SkipKind.TOO_LARGE, f"it unpacks to more than {limit / 1e6:,.0f} MB")
    name = PurePosixPath(file.name)
    names = {".tgz": name.stem + ".tar", ".svgz": name.stem + ".svg"}
    yield file.inside(names.get(name.suffix.lower(), name.stem), data)
