"""Files embedded in Office documents, read as files inside the document.

Newer programs embed a file as it is, older ones as an OLE object: a file that was wrapped
([MS-OLEDS] 2.3.6), a package or a PDF in one stream, or the streams of an old document. Other
objects, such as equations, hold no file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import PurePosixPath
from typing import Final

from chatbot.errors import UnreadableFile
from chatbot.readers.containers.limits import member_path
from chatbot.readers.decoding.decode import decode
from chatbot.readers.office.ole_properties import OleFile
from chatbot.readers.office.ooxml import OfficePackage
from chatbot.readers.raw_file import RawFile

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS: Final = ("package", "oleObject")
_WRAPPED: Final = "\x01ole10native"
_WHOLE: Final = ("package", "contents")
_WHOLE_STARTS: Final = (b"PK\x03\x04", b"%PDF-", _OLE)
_OLD_DOCUMENTS: Final = ("worddocument", "workbook", "book", "powerpoint document")
_MOST: Final = 100
# As deep as archives are read; a document may embed itself.
_DEEPEST: Final = 2

NamedFile = tuple[str, bytes]


def embedded_in_package(file: RawFile, package: OfficePackage) -> Iterator[RawFile]:
    """Yield the files embedded in DOCX, PPTX and XLSX; the sheets behind charts are left out."""
    targets = dict.fromkeys(
        relation.target
        for part in package.sources()
        if "/charts/" not in f"/{part.lower()}"
        for relation in package.relations(part).values()
        if relation.kind in _KINDS and relation.target in package
    )
    yield from inside(file, (found for name in targets for found in _found(package, name)))


def embedded_in_ole(file: RawFile) -> Iterator[RawFile]:
    """Yield the files embedded in an old Office document."""
    with suppress(UnreadableFile):
        yield from inside(file, _streams(OleFile(file.data), "object"))


def inside(file: RawFile, found: Iterable[NamedFile]) -> Iterator[RawFile]:
    """The files as files inside a document, up to a limit of number and depth."""
    if file.depth < _DEEPEST:
        for name, data in islice(found, _MOST):
            yield file.inside(name, data)


def object_files(name: str, data: bytes) -> Iterator[NamedFile]:
    """The file in an OLE object, under its own name or else the object's; an old document whole."""
    try:
        container = OleFile(data)
    except UnreadableFile:
        return
    if any(stream.lower() in _OLD_DOCUMENTS for stream in container.streams()):
        yield name, data
    else:
        yield from _streams(container, name)


def unwrapped(data: bytes) -> NamedFile | None:
    """The name and the bytes of a wrapped file, without the size before it; None if damaged."""
    try:
        label_end = data.index(b"\0", 2)
        source_end = data.index(b"\0", label_end + 1)
        (path,) = struct.unpack_from("<I", data, source_end + 5)
        start = source_end + 9 + path
        (size,) = struct.unpack_from("<I", data, start)
        name = decode(data[2:label_end]).replace("\\", "/").rpartition("/")[2]
    except (ValueError, struct.error, UnreadableFile):
        return None
    return member_path(name) or "object", data[start + 4 : start + 4 + size]


def _found(package: OfficePackage, name: str) -> Iterator[NamedFile]:
    try:
        data = package.read(name)
    except UnreadableFile:
        return
    path = PurePosixPath(name)
    if data.startswith(_OLE):
        yield from object_files(path.stem, data)
    else:
        yield path.name, data


def _streams(container: OleFile, name: str) -> Iterator[NamedFile]:
    """The files that streams hold whole, in any storage."""
    for path in container.streams():
        stream = path.rpartition("/")[2].lower()
        if stream not in (_WRAPPED, *_WHOLE):
            continue
        try:
            data = container.stream(path)
        except UnreadableFile:
            continue
        if stream == _WRAPPED:
            if wrapped := unwrapped(data[4:]):
                yield wrapped
        elif data.startswith(_WHOLE_STARTS):
            yield name, data
