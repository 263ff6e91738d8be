"""Pictures in Word, Excel and PowerPoint files before 2007, after [MS-ODRAW]: 2.2.23 to 2.2.32.

A picture is a record: its head, one or two digests, a tag and the bytes of a picture file. The
records lie in several streams, and drawings refer to them by number. Word's drawings are not
followed, so its pictures have no place in the text.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Final

_HEAD, _DIGEST, _TAG = 8, 16, 1
# JPEG, PNG, bitmaps and TIFF, each after its record type. Vector pictures aren't read.
_RECORD: Final = re.compile(rb"[\x1d\x1e\x1f\x29\x2a]\xf0(?=....)", re.DOTALL)
_SIGNS: Final = (b"\xff\xd8\xff", b"\x89PNG", b"\x28\x00\x00\x00", b"II*\x00", b"MM\x00*")


def pictures_in(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the place of each picture's record in a stream and the bytes of its file."""
    at = 0
    while match := _RECORD.search(stream, at):
        start = match.start() - 2
        at = match.end()
        if start < 0:
            continue
        version, _, size = struct.unpack_from("<HHI", stream, start)
        digests = 2 if version >> 4 & 1 else 1
        begin, end = start + _HEAD + digests * _DIGEST + _TAG, start + _HEAD + size
        if end <= len(stream) and stream.startswith(_SIGNS, begin):
            yield start, stream[begin:end]
            at = end
