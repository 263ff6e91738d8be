"""The SDK's own client, connected as hosts connect: over stdio and over HTTP."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
from fastapi import FastAPI
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

_PASSED_ON = ("CHATBOT_CACHE", "PYTHONPATH")
ADDRESS = "http://127.0.0.1:7860"
Conversation = Callable[[Client], Awaitable[Any]]


def over_stdio(index: Path, conversation: Conversation, *, mode: str = "auto") -> Any:
    """Hold a conversation with `chatbot mcp`, in a process that the client starts."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "chatbot", "mcp", "--index", str(index)],
        # The client passes on few variables.
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
    )
    return _hold(Client(command, mode=mode), conversation)


def over_http(
    app: FastAPI,
    conversation: Conversation,
    *,
    mode: str = "auto",
    headers: dict[str, str] | None = None,
) -> Any:
    """Hold a conversation with `/mcp` of the web application, in this process."""
    return _hold(Client(_transport(app, headers or {}), mode=mode), conversation)


@asynccontextmanager
async def _transport(app: FastAPI, headers: dict[str, str]) -> Any:
    in_process = httpx2.ASGITransport(app=app)
    async with (
        httpx2.AsyncClient(transport=in_process, headers=headers) as http,
        streamable_http_client(f"{ADDRESS}/mcp", http_client=http) as streams,
    ):
        yield streams


def _hold(client: Client, conversation: Conversation) -> Any:
    async def hold() -> Any:
        async with client:
            return await conversation(client)

    return anyio.run(hold)
