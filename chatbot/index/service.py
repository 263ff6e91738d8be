"""The build in service: the one that CURRENT names, from the moment it appears.

Until a build is published, each question raises an error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from chatbot.errors import ChatbotError
from chatbot.index import layout
from chatbot.index.opened_build import Build

log = logging.getLogger(__name__)


class Service:
    """The builds of an index folder, one of them in service; safe to use from several threads.

    `check` is called with each build before it serves, and may refuse it with a ChatbotError.
    Questions under way keep the build that they started with. An open build stays readable after
    its folder is deleted.
    """

    def __init__(self, index: Path, check: Callable[[Build], object]) -> None:
        self._index = index
        self._check = check
        self._build: Build | None = None
        self._refused = ""
        self._switching = threading.Lock()

    @property
    def build(self) -> Build:
        """The build in service; switches to a newer one if there is one.

        Raises IndexMissing, IndexDamaged or IndexMismatch, but only while no build serves.
        """
        serving = self._build
        try:
            name = layout.current(self._index).name
            if serving is None or name not in (serving.name, self._refused):
                return self._switch_to(name)
        except ChatbotError as failure:
            if serving is None:
                raise
            log.debug("staying with build %s: %s", serving.name, failure)
        return serving

    def _switch_to(self, name: str) -> Build:
        with self._switching:
            if self._build and name in (self._build.name, self._refused):
                return self._build
            try:
                build = Build(layout.current(self._index))
                try:
                    self._check(build)
                except ChatbotError:
                    build.close()
                    raise
            except ChatbotError as failure:
                if self._build:  # without one, the caller gets the error
                    log.warning("the new build %s can't serve: %s", name, failure)
                self._refused = name
                raise
            self._build = build
            log.info("now serving build %s", build.name)
            return build

    def named(self, name: str) -> Build | None:
        """A kept build, by default the one in service; None if it is gone."""
        serving = self.build
        if name in ("", serving.name):
            return serving
        if name not in layout.build_names(self._index):
            return None
        try:
            return _past_build(self._index / "builds" / name)
        except ChatbotError as failure:
            log.warning("the build %s can't be opened: %s", name, failure)
            return None

    def close(self) -> None:
        """Close the build in service."""
        if self._build:
            self._build.close()


@lru_cache(maxsize=2)
def _past_build(folder: Path) -> Build:
    return Build(folder)
