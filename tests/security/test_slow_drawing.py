"""Pages that take long to draw: they must cost nobody but those who ask for them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.requests import ClientDisconnect
from starlette.types import Message

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings, load_settings
from chatbot.web.api import api_router
from chatbot.web.source.drawing_queue import DrawingBusy, DrawingQueue, while_connected
from chatbot.web.source.page_pictures import Drawer, NotDrawn, Original
from chatbot.web.source.viewer_routes import source_router
from tests.readers.pdfs import Words, pdf

PAGE: Final = "/picture/slow.pdf?page=1"
FILE: Final = Original(Path("slow.pdf"), "0" * 64)


class SlowDrawer(Drawer):
    """Draws nothing until it is let; then it gives up, as after its time limit, if it `fails`."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.let = threading.Event()
        self.begun: list[int] = []
        self.fails = fails

    def picture(self, original: Original, number: int) -> bytes:
        self.begun.append(number)
        assert self.let.wait(20)
        if self.fails:
            raise NotDrawn("drawing takes too long")
        return f"{original.path} {number}".encode()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0.01)


def test_a_full_queue_refuses_at_once() -> None:
    """The first is drawn, the next wait, the others are told to come back."""

    async def attack() -> None:
        drawer = SlowDrawer()
        queue = DrawingQueue(drawer, longest=3)
        waiting = [asyncio.ensure_future(queue.picture(FILE, page)) for page in range(3)]
        await settle()
        for page in range(3, 50):
            with pytest.raises(DrawingBusy):
                await queue.picture(FILE, page)
        drawer.let.set()
        assert await asyncio.gather(*waiting) == [b"slow.pdf 0", b"slow.pdf 1", b"slow.pdf 2"]
        assert await queue.picture(FILE, 3) == b"slow.pdf 3"

    asyncio.run(attack())


def test_a_picture_is_drawn_once() -> None:
    """It is kept, and a full queue doesn't matter to it."""

    async def attack() -> None:
        drawer = SlowDrawer()
        drawer.let.set()
        queue = DrawingQueue(drawer, longest=1)
        for _ in range(3):
            assert await queue.picture(FILE, 1) == b"slow.pdf 1"
        drawer.let.clear()
        slow = asyncio.ensure_future(queue.picture(FILE, 2))
        await settle()
        assert await queue.picture(FILE, 1) == b"slow.pdf 1"
        drawer.let.set()
        await slow
        assert drawer.begun == [1, 2]

    asyncio.run(attack())


def test_what_cannot_be_drawn_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is left out for a while, then its whole file; other files are drawn."""

    async def attack() -> None:
        drawer = SlowDrawer(fails=True)
        drawer.let.set()
        queue = DrawingQueue(drawer, longest=50)
        requests = [queue.picture(FILE, 1) for _ in range(50)]
        failures = await asyncio.gather(*requests, return_exceptions=True)
        assert {str(failure) for failure in failures} == {"drawing takes too long"}
        for page in range(2, 50):
            with pytest.raises(NotDrawn):
                await queue.picture(FILE, page)
        assert drawer.begun == [1, 2, 3]
        drawer.fails = False
        assert await queue.picture(FILE._replace(sha256="1" * 64), 1)
        later = time.monotonic() + 601
        monkeypatch.setattr("chatbot.web.source.drawing_queue.time.monotonic", lambda: later)
        assert await queue.picture(FILE, 1)

    asyncio.run(attack())


def test_a_client_that_leaves_takes_its_work_along() -> None:
    """What is being drawn is finished; what waits is not begun."""

    async def attack() -> None:
        drawer = SlowDrawer()
        queue = DrawingQueue(drawer, longest=8)
        leave = asyncio.Event()

        async def receive() -> Message:
            await leave.wait()
            return {"type": "http.disconnect"}

        request = Request({"type": "http"}, receive)
        waiting = [
            asyncio.ensure_future(while_connected(request, queue.picture(FILE, page)))
            for page in range(8)
        ]
        await settle()
        leave.set()
        await settle()
        gone = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(each) for each in gone} == {ClientDisconnect}
        staying = asyncio.ensure_future(queue.picture(FILE, 9))
        drawer.let.set()
        assert await staying == b"slow.pdf 9"
        assert drawer.begun == [0, 9]

    asyncio.run(attack())


@pytest.fixture(scope="module")
def slow_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chatbot]:
    """A chatbot over one PDF."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "slow.pdf").write_bytes(pdf([Words(72, 720, "The radar is slow.")]))
    settings: Settings = load_settings(corpus=folder / "corpus", index=folder / "index")
    build_index(settings)
    with Chatbot.open(settings=settings) as chatbot:
        yield chatbot


def test_the_server_answers_while_fifty_clients_wait_for_a_slow_page(slow_file: Chatbot) -> None:
    """Most are told to come back; health, questions and documents wait for no picture."""
    drawer = SlowDrawer()
    app = FastAPI()
    app.state.views = lambda _: slow_file.for_groups(None)
    app.include_router(api_router())
    app.include_router(source_router(DrawingQueue(drawer)))

    @app.get("/threads")
    async def threads() -> int:
        return anyio.to_thread.current_default_thread_limiter().statistics().borrowed_tokens

    with TestClient(app, raise_server_exceptions=False) as client, ThreadPoolExecutor(50) as pool:
        requests = [pool.submit(client.get, PAGE) for _ in range(50)]
        refused: list[Any] = []
        while len(refused) < 42:  # all but the queue
            refused = [each.result() for each in requests if each.done()]
        assert {each.status_code for each in refused} == {503}
        assert {each.headers["retry-after"] for each in refused} == {"5"}
        assert client.get("/threads").json() == 0
        for path in ("/healthz", "/readyz", "/api/v1/documents"):
            began = time.monotonic()
            assert client.get(path).status_code == 200
            assert time.monotonic() - began < 2
        assert client.post("/api/v1/ask", json={"question": "What is slow?"}).status_code == 200
        drawer.let.set()
        drawn = [each.result().status_code for each in requests]
    assert sorted(drawn) == [200] * 8 + [503] * 42
    assert drawer.begun == [1] * len(drawer.begun)
