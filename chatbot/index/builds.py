"""Where the builds of an index are kept, and which of them is in service."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from chatbot.index import layout
from chatbot.index.folder_build import FolderBuild
from chatbot.index.manifest import check_whole
from chatbot.index.opened_build import Build


class Builds(Protocol):
    """The builds of one index."""

    def __str__(self) -> str:
        """The setting `index`, as the user gives it."""
        ...

    def current(self) -> str:
        """The name of the build in service. Raises IndexMissing, IndexDamaged."""
        ...

    def named_current(self) -> str:
        """The name of the build that should be in service, or an empty text."""
        ...

    def fallbacks(self, name: str) -> list[str]:
        """The other builds in the order in which they may replace this one."""
        ...

    def holds(self, name: str) -> bool:
        """Whether a build with this name is kept."""
        ...

    def folder(self, name: str) -> Path:
        """The folder on this machine with a build's manifest."""
        ...

    def open(self, name: str) -> Build:
        """Open a kept build. Raises IndexDamaged, IndexMismatch."""
        ...

    def close(self) -> None:
        """Close what the builds share."""
        ...

    def roll_back(self) -> str:
        """Put the build before the current one into service and return its name.

        Raises UsageError if there is none, IndexMissing, IndexDamaged, IndexBusy, StorageError.
        """
        ...


class FolderBuilds:
    """The builds in an index folder."""

    def __init__(self, index: Path) -> None:
        self._index = index

    def __str__(self) -> str:
        return str(self._index)

    def current(self) -> str:
        return layout.current(self._index).name

    def named_current(self) -> str:
        return layout.current_name(self._index)

    def fallbacks(self, name: str) -> list[str]:
        return layout.fallbacks(self._index, name)

    def holds(self, name: str) -> bool:
        return layout.is_published(self._index, name)

    def folder(self, name: str) -> Path:
        return self._index / "builds" / name

    def open(self, name: str) -> FolderBuild:
        return FolderBuild(self.folder(name))

    def close(self) -> None: ...

    def roll_back(self) -> str:
        return layout.roll_back(self._index, check=check_whole)
