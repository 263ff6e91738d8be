"""Archives: the members of ZIP, tar and 7z files, and the single file in a packed stream.

Each member is a separate file, whose path continues that of the archive. Hidden members are
left out, like hidden files in a folder. Links are listed and never followed.
"""

from __future__ import annotations

import zlib
from bz2 import BZ2File
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from gzip import GzipFile
from io import BufferedIOBase, BytesIO
from lzma import LZMAError, LZMAFile
from pathlib import PurePosixPath
from tarfile import TarError, TarFile, TarInfo
from typing import Final

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.containers.limits import check_unpacked, largest_unpacked, member_path
from chatbot.readers.containers.seven_zip import SevenZip
from chatbot.readers.containers.zip_package import Package
from chatbot.readers.detection.signs import At
from chatbot.readers.raw_file import RawFile, Skipped

# Members that mark a package of another format: a document, a program or a drawing.
_PACKAGE_MEMBERS: Final = (
    "[Content_Types].xml",
    "mimetype",
    "META-INF/MANIFEST.MF",
)
_TAR_SIGN: Final = At(257, b"ustar")
# The standard library raises these for damage.
_DAMAGE: Final = (TarError, LZMAError, zlib.error, EOFError, OSError, ValueError, OverflowError)


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
    """A member's path; empty if the member is hidden."""
    # Without the UTF-8 flag zipfile assumes DOS names, but many archives lack the flag.
    with suppress(UnicodeError):
        member_name = member_name.encode("cp437").decode("utf-8")
    return member_path(member_name)


def read_tar(file: RawFile) -> Iterator[RawFile | Skipped]:
    """Yield the members; what isn't a file is yielded as `Skipped`, and so is a damaged rest."""
    total = number = 0
    try:
        with TarFile(fileobj=BytesIO(file.data), errorlevel=0) as archive:
            for number, member in enumerate(archive, start=1):
                # A sparse file states a size that the archive doesn't have.
                total += member.size
                check_unpacked(total, packed=len(file.data), members=number)
                name = member_path(member.name)
                if name and not member.isdir():
                    yield _tar_member(file, archive, member, name)
    except _DAMAGE as failure:
        if not number:
            raise UnreadableFile(SkipKind.DAMAGED, f"it can't be unpacked ({failure})") from failure
        detail = f"the archive is damaged after {number:,} files"
        yield Skipped(f"{file.name}/…", SkipReason(SkipKind.DAMAGED, detail))


def _tar_member(file: RawFile, archive: TarFile, member: TarInfo, name: str) -> RawFile | Skipped:
    if not member.isfile():
        kind = SkipKind.LINK if member.issym() or member.islnk() else SkipKind.SPECIAL
        return Skipped(f"{file.name}/{name}", SkipReason(kind))
    try:
        stream = archive.extractfile(member)
        return file.inside(name, stream.read() if stream else b"")
    except TarError:
        reason = SkipReason(SkipKind.DAMAGED, "the archive ends in the middle of it")
        return Skipped(f"{file.name}/{name}", reason)


def read_seven_zip(file: RawFile) -> Iterator[RawFile | Skipped]:
    """Yield the members; an encrypted or damaged member is yielded as `Skipped`."""
    for member in SevenZip(file.data).members():
        name = member_path(member.name)
        if not name:
            continue
        if isinstance(member.content, SkipReason):
            yield Skipped(f"{file.name}/{name}", member.content)
        else:
            yield file.inside(name, member.content)


def read_packed(file: RawFile) -> Iterator[RawFile | Skipped]:
    """Yield the file in a gzip, bzip2 or xz stream, or the members if it is a tar archive.

    The file is named like the archive without its suffix.
    """
    limit = largest_unpacked(len(file.data))
    try:
        with _stream(file.data) as stream:
            data = stream.read(limit + 1)
    except _DAMAGE as failure:
        raise UnreadableFile(SkipKind.DAMAGED, f"it can't be unpacked ({failure})") from failure
    if len(data) > limit:
        raise UnreadableFile(SkipKind.TOO_LARGE, f"it unpacks to more than {limit / 1e6:,.0f} MB")
    if data[_TAR_SIGN.offset :].startswith(_TAR_SIGN.content):
        yield from read_tar(replace(file, data=data))
        return
    name = PurePosixPath(file.name)
    names = {".svgz": name.stem + ".svg"}
    yield file.inside(names.get(name.suffix.lower(), name.stem), data)


def _stream(data: bytes) -> BufferedIOBase:
    """The unpacked stream of some bytes; their first bytes show how they are packed."""
    packed = BytesIO(data)
    if data.startswith(b"BZh"):
        return BZ2File(packed)
    return LZMAFile(packed) if data.startswith(b"\xfd7zXZ") else GzipFile(fileobj=packed)
