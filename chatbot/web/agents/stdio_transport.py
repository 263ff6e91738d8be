"""MCP over standard input and output, for a host on this machine that starts the process itself."""

from __future__ import annotations

import anyio

from chatbot.assistant import Chatbot
from chatbot.settings import Settings


def serve_stdio(settings: Settings) -> None:
    """Serve until standard input closes. Raises IndexDamaged, IndexMismatch, ModelMissing.

    Without an index it serves too: each call is refused with the command that builds one, because
    a host shows its user nothing of a server that doesn't start.
    """
    # Only this command needs these modules, which take half a second to import.
    from mcp.server.stdio import stdio_server

    from chatbot.web.agents.mcp_server import mcp_server

    with Chatbot.open(settings=settings, waiting=True) as chatbot:
        server = mcp_server(lambda _: chatbot)

        async def serve() -> None:
            async with stdio_server() as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())

        anyio.run(serve)
