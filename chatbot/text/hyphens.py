"""Words at the end of a line that go on in the next one."""

from __future__ import annotations

from typing import Final

# After these, a hyphen stands for the end of a later word: "short- and long-term".
_CONJUNCTIONS: Final = frozenset("and or to und oder bis sowie et ou och og и или".split())


def is_left_open(following: str) -> bool:
    """Whether a hyphen before this word belongs to an unfinished word, and not to a divided one."""
    return following.casefold() in _CONJUNCTIONS
