"""The compressed RTF of Outlook messages ([MS-OXRTFCP])."""

from __future__ import annotations

import struct
from typing import Final

from chatbot.errors import SkipKind, UnreadableFile

_HEADER: Final = 16
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
# The dictionary begins with what most RTF files contain.
_KNOWN: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_DICTIONARY: Final = 4096


def decompressed_rtf(data: bytes) -> bytes:
    """The RTF file. Raises UnreadableFile if the data is damaged."""
    if len(data) < _HEADER:
        raise UnreadableFile(SkipKind.DAMAGED, "its text is cut off")
    size, kind = struct.unpack_from("<I4s", data, 4)
    if kind == _PLAIN:
        return data[_HEADER : _HEADER + size]
    if kind != _COMPRESSED:
        raise UnreadableFile(SkipKind.DAMAGED, "its text is packed in an unknown way")
    dictionary = bytearray(_KNOWN.ljust(_DICTIONARY, b"\0"))
    at = len(_KNOWN)
    text = bytearray()
    position = _HEADER
    while position < len(data):
        flags, position = data[position], position + 1
        for bit in range(8):
            if position >= len(data):
                break
            if not flags >> bit & 1:
                run, position = data[position : position + 1], position + 1
            else:
                token = int.from_bytes(data[position : position + 2], "big")
                position += 2
                start, count = token >> 4, (token & 0xF) + 2
                if start == at:
                    return bytes(text)
                # A run may overlap the place where it is written.
                run = b""
                for step in range(count):
                    letter = dictionary[(start + step) % _DICTIONARY]
                    dictionary[(at + step) % _DICTIONARY] = letter
                    run += bytes([letter])
            for letter in run:
                dictionary[at] = letter
                at = (at + 1) % _DICTIONARY
            text += run
    return bytes(text)
