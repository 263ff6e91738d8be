"""Recognise EUC-TW, an encoding of traditional Chinese on old Unix systems, which Python lacks.

Its bytes are valid in the Korean, Japanese and simplified Chinese encodings, too, and give other
characters there. So the most frequent characters decide: they are a sixteenth of Chinese text or
more, and rare in the other encodings.
"""

from __future__ import annotations

import re
from typing import Final

_PAIR: Final = re.compile(rb"\x8e[\xa1-\xb0]([\xa1-\xfe]{2})|([\xa1-\xfe]{2})")
# In this encoding, the characters 的一是不在有人這我他會中年月日為以了上大.
_FREQUENT: Final = frozenset(
    map(
        bytes.fromhex,
        "cefb c4a1 d1d2 c4e2 c7e3 c8b4 c4a9 ddd5 cabc c5ec "
        "e4c4 c4e3 c8a1 c5cc c5ca d2b3 c5e8 c4a7 c4b8 c4cb".split(),
    )
)
_LEAST_SHARE: Final = 0.04
_FEWEST: Final = 5
_SAMPLE_BYTES: Final = 20_000
_BEYOND_ASCII: Final = re.compile(rb"[\x80-\xff]")


def is_euc_tw(data: bytes) -> bool:
    """Whether a text that isn't UTF-8 is in EUC-TW; a few words are too short to tell."""
    sample = data[:_SAMPLE_BYTES]
    if len(_BEYOND_ASCII.findall(_PAIR.sub(b"", sample))) > 1:
        return False
    pairs = [plane or pair for plane, pair in _PAIR.findall(sample)]
    frequent = [pair for pair in pairs if pair in _FREQUENT]
    return len({*frequent}) >= _FEWEST and len(frequent) > _LEAST_SHARE * len(pairs)
