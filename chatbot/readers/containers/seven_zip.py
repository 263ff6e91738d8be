"""7z archives: the list of their files, unpacked by the decoders of the standard library.

The libraries that read 7z are under the LGPL, unpack to disk, or need a library of the system. The
standard library has the decoders; here is only the format's table of contents, after 7-Zip's
`7zFormat.txt`. PPMd, BCJ2 and Deflate64 have no decoder there, so files packed with them are
skipped with that reason.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from chatbot.errors import SkipKind, SkipReason, UnreadableFile
from chatbot.readers.containers.limits import LARGEST_MEMBER, check_unpacked
from chatbot.readers.containers.seven_zip_header import Folder, Header, read_header

_COPY: Final = b"\0"
_DEFLATE, _BZIP2, _AES = b"\4\1\x08", b"\4\2\2", b"\6\xf1\7\1"
_LZMA, _LZMA2, _DELTA = b"\3\1\1", b"\x21", b"\3"
# Filters that only programs need; each has two numbers.
_BRANCHES: Final = {
    b"\4": lzma.FILTER_X86, b"\3\3\1\3": lzma.FILTER_X86,
    b"\5": lzma.FILTER_POWERPC, b"\3\3\2\5": lzma.FILTER_POWERPC,
    b"\6": lzma.FILTER_IA64, b"\3\3\4\1": lzma.FILTER_IA64,
    b"\7": lzma.FILTER_ARM, b"\3\3\5\1": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB, b"\3\3\7\1": lzma.FILTER_ARMTHUMB,
    b"\x09": lzma.FILTER_SPARC, b"\3\3\x08\5": lzma.FILTER_SPARC,
}  # fmt: skip
_NAMES: Final = {b"\3\4\1": "PPMd", b"\3\3\1\x1b": "BCJ2", b"\4\1\x09": "Deflate64"}
_LEAST_DICTIONARY: Final = 4096
_DAMAGE: Final = (lzma.LZMAError, zlib.error, OSError, ValueError, EOFError, OverflowError)
_IS_UNIX: Final = 0x8000


class SevenZipMember(NamedTuple):
    """A file of the archive: its bytes, or the reason why it can't be unpacked."""

    name: str
    content: bytes | SkipReason


class SevenZip:
    """The files of a 7z archive.

    Raises UnreadableFile if its list is damaged or encrypted, or states too large a size.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        try:
            self._header = read_header(data, self._unpacked)
        except (IndexError, struct.error, UnicodeError, *_DAMAGE) as failure:
            detail = f"its files can't be listed ({failure})"
            raise UnreadableFile(SkipKind.DAMAGED, detail) from failure
        sizes = sum(folder.size for folder in self._header.folders)
        check_unpacked(sizes, packed=len(data), members=len(self._header.names))

    def members(self) -> Iterator[SevenZipMember]:
        """The files in the order of the archive, without folders; a link is a reason."""
        header = self._header
        contents = self._contents(header)
        for number, name in enumerate(header.names):
            if number in header.empty:
                if number in header.empty_files:
                    yield SevenZipMember(name, b"")
                continue
            content = next(contents, SkipReason(SkipKind.DAMAGED, "the archive doesn't have it"))
            attributes = header.attributes.get(number, 0)
            if attributes & _IS_UNIX and stat.S_ISLNK(attributes >> 16):
                content = SkipReason(SkipKind.LINK)
            yield SevenZipMember(name, content)

    def _contents(self, header: Header) -> Iterator[bytes | SkipReason]:
        """The content of each file that isn't empty; a folder is unpacked when it is reached."""
        for folder in header.folders:
            try:
                data = self._unpacked(folder)
            except UnreadableFile as failure:
                yield from [failure.reason] * len(folder.sizes)
                continue
            start = 0
            for size, checksum in zip(folder.sizes, folder.checksums, strict=True):
                content = data[start : start + size]
                start += size
                if checksum is not None and zlib.crc32(content) != checksum:
                    yield SkipReason(SkipKind.DAMAGED, "its checksum is wrong")
                else:
                    yield content

    def _unpacked(self, folder: Folder) -> bytes:
        """The bytes of a folder, as the format calls files that are packed together.

        Raises UnreadableFile.
        """
        codecs = [codec for codec, _ in folder.coders]
        if _AES in codecs:
            raise UnreadableFile(SkipKind.ENCRYPTED)
        if folder.size > LARGEST_MEMBER:
            raise UnreadableFile(SkipKind.TOO_LARGE, f"it unpacks to {folder.size / 1e6:,.0f} MB")
        packed = self._data[folder.start : folder.start + folder.packed_size]
        try:
            data = _decoded(packed, folder.coders, folder.size)
            if len(data) != folder.size:
                # Before the end, liblzma holds back the last bytes of a filter for programs. Such a
                # filter leaves most texts as they are; a checksum tells.
                plain = [coder for coder in folder.coders if coder[0] not in _BRANCHES]
                data = _decoded(packed, plain, folder.size)
        except _DAMAGE as failure:
            detail = f"it can't be unpacked ({failure})"
            raise UnreadableFile(SkipKind.DAMAGED, detail) from failure
        if len(data) != folder.size:
            raise UnreadableFile(SkipKind.DAMAGED, "the archive ends in the middle of it")
        return data


def _decoded(data: bytes, coders: Sequence[tuple[bytes, bytes]], size: int) -> bytes:
    """Undo the coders, the last one first. Raises UnreadableFile for an unknown one."""
    filters: list[dict[str, Any]] = []
    for codec, properties in reversed(coders):
        if codec in (_LZMA, _LZMA2):
            filters = [_compression(codec, properties, size)]
        elif codec == _DELTA:
            filters.insert(0, {"id": lzma.FILTER_DELTA, "dist": properties[0] + 1})
        elif codec in _BRANCHES:
            filters.insert(0, {"id": _BRANCHES[codec]})
        elif codec == _DEFLATE:
            data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size)
        elif codec == _BZIP2:
            data = bz2.BZ2Decompressor().decompress(data, size)
        elif codec != _COPY:
            name = _NAMES.get(codec, f"the method {codec.hex()}")
            raise UnreadableFile(SkipKind.UNSUPPORTED, f"it is packed with {name}")
    if not filters:
        return data[:size]
    if "dict_size" not in filters[-1]:
        raise UnreadableFile(SkipKind.UNSUPPORTED, "it is packed with a filter for programs")
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(data, size)


def _compression(codec: bytes, properties: bytes, size: int) -> dict[str, Any]:
    """The filter of LZMA or LZMA2. A file may state a dictionary that is larger than its text."""
    if codec == _LZMA2:
        bits = properties[0]
        stated = (2 | (bits & 1)) << (bits // 2 + 11) if bits < 40 else 2**32 - 1
        return {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(stated, size)}
    numbers, stated = struct.unpack("<BI", properties)
    rest, lc = divmod(numbers, 9)
    pb, lp = divmod(rest, 5)
    dictionary = _dictionary(stated, size)
    return {"id": lzma.FILTER_LZMA1, "dict_size": dictionary, "lc": lc, "lp": lp, "pb": pb}


def _dictionary(stated: int, size: int) -> int:
    return max(_LEAST_DICTIONARY, min(stated, size))
