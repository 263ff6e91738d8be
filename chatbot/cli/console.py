"""Prints results: text for people, JSON for programs.

Text from documents is never interpreted as markup.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from chatbot.text.clean import one_line

Value = TypeVar("Value")


class _Results(Console):
    """Raises at a closed pipe, so that `show` can handle it; rich would end the process."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


out = _Results(markup=False, emoji=False, highlight=False, soft_wrap=True)
err = Console(stderr=True, markup=False, emoji=False, highlight=False)


def show(value: Value, for_people: Callable[[Value], None], *, as_json: bool) -> None:
    """Print a result on standard output, for people or for programs."""
    try:
        if as_json:
            # JSON is UTF-8 whatever the terminal's encoding.
            sys.stdout.buffer.write(json_of(value) + b"\n")
            sys.stdout.flush()
        else:
            for_people(value)
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """Discard further output: the reader of the pipe has exited, as `head` does.

    The command goes on, because a closed pipe isn't a failure.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def json_of(value: Any) -> bytes:
    """The JSON of one of the chatbot's types in UTF-8, the same as in the HTTP API."""
    plain = TypeAdapter(type(value)).dump_python(value, mode="json")
    # Undecodable bytes in a path become backslash escapes.
    return json.dumps(plain, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")


def count(number: int, thing: str) -> str:
    """A number with a noun, such as "2 documents"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def show_rows(*rows: Sequence[str]) -> None:
    """Print aligned columns. The terminal wraps long lines, so that a pipe gets them whole."""
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        out.print("  ".join(padded).rstrip())
