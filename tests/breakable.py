"""The reading process with an HTML reader that fails on demand.

No real parser keeps such faults: they are fixed once known. Here the page names the fault, as
`<html>` and one of the words below.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count, repeat

from chatbot.readers import Format, RawFile
from chatbot.readers.built_in import BUILT_IN
from chatbot.readers.detection.signs import TextBegins
from chatbot.readers.formats import Formats
from chatbot.readers.markup.plain import read_plain
from chatbot.readers.media_types import HTML
from chatbot.readers.worker import main
from chatbot.types import Document

BREAKABLE = (sys.executable, "-P", "-m", "tests.breakable")


def _raise() -> None:
    raise ZeroDivisionError


def _hang() -> None:
    for _ in count():
        time.perf_counter()


def _hang_deeply() -> None:
    """Hang without releasing the interpreter lock."""
    ctypes.PyDLL(None).sleep(3600)


def _explode() -> None:
    list(map(bytearray, repeat(10_000_000)))


_kept: list[bytearray] = []


def _leak() -> None:
    _kept.append(bytearray(130_000_000))


def _fail_to_allocate() -> None:
    raise RuntimeError("Failed to allocate memory for requested buffer")


_FAULTS: dict[str, Callable[[], object]] = {
    "raise": _raise,
    "hang": _hang,
    "hang deeply": _hang_deeply,
    "explode": _explode,
    "leak": _leak,
    "fail to allocate": _fail_to_allocate,
    "end": lambda: os._exit(3),
    "abort": os.abort,
    "crash": lambda: ctypes.string_at(0),
}


def read_faulty(file: RawFile) -> Iterator[Document]:
    word = file.data.decode().removeprefix("<html>")
    if word == "print":
        os.write(1, b"what a library prints\n")
        sys.stdout.write("and through Python\n")
        sys.stdout.flush()
    elif word in _FAULTS:
        _FAULTS[word]()
    yield from read_plain(file)


if __name__ == "__main__":
    html = Format(
        name="Faulty HTML",
        media_type=HTML,
        reader="tests.breakable:read_faulty",
        signs=(TextBegins(re.compile(b"<html>")),),
    )
    main(Formats((html, *BUILT_IN)))
