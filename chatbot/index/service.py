"""The build in service: the one that CURRENT names, from the moment it appears.

Until a build is published, each question raises an error.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import Final

from chatbot.errors import ChatbotError, IndexDamaged
from chatbot.index.builds import Builds
from chatbot.index.manifest import check_contents
from chatbot.index.opened_build import Build

log = logging.getLogger(__name__)

_PAST_BUILDS: Final = 2


class Service:
    """The builds of an index, one of them in service; safe to use from several threads.

    `check` is called with each build before it is used, and may refuse it with a ChatbotError. If
    the current build is damaged at the start, another one serves, with a warning. With `whole`,
    every byte of the first build is checked, otherwise only what `Build` checks.
    Questions under way keep the build that they started with. An open build stays readable after
    its folder is deleted.
    """

    def __init__(
        self, builds: Builds, check: Callable[[Build], object], *, whole: bool = False
    ) -> None:
        self._builds = builds
        self._past_build = lru_cache(maxsize=_PAST_BUILDS)(builds.open)
        self._check = check
        self._whole = whole
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
            name = self._builds.current()
            if serving is None or name not in (serving.name, self._refused):
                return self._switch_to(name)
        except ChatbotError as failure:
            if serving is None:
                return self._fall_back(failure)
            log.debug("staying with build %s: %s", serving.name, failure)
        return serving

    def _switch_to(self, name: str) -> Build:
        with self._switching:
            if self._build and name in (self._build.name, self._refused):
                return self._build
            try:
                build = self._opened(self._builds.current(), whole=self._whole)
            except ChatbotError as failure:
                if self._build:  # without one, the caller gets the error
                    log.warning("the new build %s can't serve: %s", name, failure)
                self._refused = name
                raise
            self._build = build
            log.info("now serving build %s", build.name)
            return build

    def _opened(self, name: str, *, whole: bool) -> Build:
        build = self._builds.open(name)
        try:
            self._check(build)
            if whole and self._build is None:
                check_contents(build.folder, build.manifest)
        except ChatbotError:
            build.close()
            raise
        return build

    def _fall_back(self, failure: ChatbotError) -> Build:
        """Serve another build, because the current one can't be opened; or raise its failure."""
        damaged = self._builds.named_current()
        if isinstance(failure, IndexDamaged):
            for name in self._builds.fallbacks(damaged):
                with self._switching, suppress(ChatbotError):
                    build = self._opened(name, whole=True)
                    self._build, self._refused = build, damaged
                    log.warning(
                        "%s The build %s serves instead. To keep it: chatbot build --rollback "
                        "--index %s. To build everything again: chatbot build --fresh --index %s",
                        failure.problem,
                        name,
                        self._builds,
                        self._builds,
                    )
                    return build
        raise failure

    def named(self, name: str) -> Build | None:
        """A kept build, by default the one in service; None if it is gone."""
        serving = self.build
        if name in ("", serving.name):
            return serving
        if not self._builds.holds(name):
            return None
        try:
            return self._past_build(name)
        except ChatbotError as failure:
            log.warning("the build %s can't be opened: %s", name, failure)
            return None

    def close(self) -> None:
        """Close the build in service, and what it needs."""
        if self._build:
            self._build.close()
        self._builds.close()
