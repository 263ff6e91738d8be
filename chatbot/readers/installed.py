"""The formats of this installation: the built-in ones and those of other packages."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from chatbot.errors import ExtensionError
from chatbot.readers.built_in import BUILT_IN
from chatbot.readers.formats import Format, Formats

GROUP: Final = "chatbot.readers"


@cache
def installed_formats() -> Formats:
    """All formats; those of other packages come first, sorted by the name of the entry point.

    Raises ExtensionError when an entry point can't be loaded.
    """
    return Formats((*map(_load, _entry_points()), *BUILT_IN))


def extensions() -> dict[str, str]:
    """The distribution and version behind each entry point, by the entry point's name.

    Raises ExtensionError like `installed_formats`, so that a build fails before it reads files.
    """
    installed_formats()
    return {
        point.name: f"{point.dist.name} {point.dist.version}" if point.dist else point.value
        for point in _entry_points()
    }


def _entry_points() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: (point.name, point.value))


def _load(point: EntryPoint) -> Format:
    try:
        file_format = point.load()
    except Exception as failure:  # another package's module may raise anything
        raise ExtensionError(GROUP, point.name, f"{type(failure).__name__}: {failure}") from failure
    if not isinstance(file_format, Format):
        raise ExtensionError(GROUP, point.name, f"{point.value} is not a Format")
    return file_format
