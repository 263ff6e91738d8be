"""A file as a reader gets it: bytes, and what to call what is found in them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RawFile:
    """`name` is the path from the corpus, with forward slashes, and the id of a lone document.

    A file that holds several documents begins their ids with `prefix`.
    """

    name: str
    data: bytes
    prefix: str = ""
