"""A short queue for drawing, so that a slow page delays only its own reader.

A request that waits for an image doesn't block a thread. A full queue refuses more work. If a
client disconnects, its work is removed. A page that couldn't be drawn isn't tried again for a
while.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from starlette.requests import ClientDisconnect, Request

from chatbot.types import Span
from chatbot.web.source.drawing_jobs import Sheet
from chatbot.web.source.page_pictures import Drawer, NotDrawn, Original

_Drawn = TypeVar("_Drawn")

_LONGEST: Final = 8
_CACHED_PICTURES: Final = 48
# A page that once took too long may be drawn later, when the machine is less busy.
_FORGET_SECONDS: Final = 600.0
_REMEMBERED: Final = 1_000
# After this number of pages, the rest of the file isn't tried either.
_FAILURES_OF_A_FILE: Final = 3


class DrawingBusy(NotDrawn):
    """The queue is full; `seconds` is a good time to wait."""

    def __init__(self) -> None:
        super().__init__("too many pages are being drawn")

    seconds = 5


class DrawingQueue:
    """Draws pages one after another; for coroutines of one event loop."""

    def __init__(self, drawer: Drawer, *, longest: int = _LONGEST) -> None:
        self._drawer = drawer
        self._longest = longest
        self._worker = ThreadPoolExecutor(1, "drawing")
        self._waiting: set[Future[Any]] = set()
        self._pictures: OrderedDict[tuple[Original, int], bytes] = OrderedDict()
        # Why a page can't be drawn and when that was found, the oldest first.
        self._failures: OrderedDict[tuple[Original, int], tuple[str, float]] = OrderedDict()

    async def picture(self, original: Original, number: int) -> bytes:
        """A page as an image. Raises NotDrawn, DrawingBusy."""
        key = original, number
        if key not in self._pictures:
            picture = await self._draw(
                original, [number], lambda: self._drawer.picture(original, number)
            )
            self._pictures[key] = picture
            if len(self._pictures) > _CACHED_PICTURES:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]

    async def sheets(
        self, original: Original, ranges: Sequence[tuple[int, Sequence[Span]]]
    ) -> list[Sheet]:
        """Pages by number, each with the boxes of ranges. Raises NotDrawn, DrawingBusy."""
        numbers = [number for number, _ in ranges]
        return await self._draw(original, numbers, lambda: self._drawer.sheets(original, ranges))

    async def _draw(
        self, original: Original, numbers: Sequence[int], job: Callable[[], _Drawn]
    ) -> _Drawn:
        self._check(original, numbers)
        if len(self._waiting) >= self._longest:
            raise DrawingBusy

        def draw() -> _Drawn:
            self._check(original, numbers)  # it may have failed while this one waited
            try:
                return job()
            except NotDrawn as failure:
                self._remember(original, numbers, str(failure))
                raise

        future = self._worker.submit(draw)
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        # If the request is cancelled, so is this future, and the worker skips it.
        return await asyncio.wrap_future(future)

    def _check(self, original: Original, numbers: Sequence[int]) -> None:
        """Raise NotDrawn for what couldn't be drawn a short while ago."""
        now = time.monotonic()
        recent = {
            key: why
            for key, (why, found) in [*self._failures.items()]
            if now - found < _FORGET_SECONDS
        }
        for number in numbers:
            if why := recent.get((original, number)):
                raise NotDrawn(why)
        failed = Counter(file for file, _ in recent)
        if failed[original] >= _FAILURES_OF_A_FILE:
            raise NotDrawn("other pages of this file can't be drawn")

    def _remember(self, original: Original, numbers: Sequence[int], why: str) -> None:
        for number in numbers:
            self._failures[original, number] = (why, time.monotonic())
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)


async def while_connected(request: Request, work: Awaitable[_Drawn]) -> _Drawn:
    """The result of some work, which is cancelled if the client leaves before it is done.

    Raises ClientDisconnect.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        working.cancel()
        leaving.cancel()


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
