"""The chat page as a Gradio application, mounted behind a gate.

Gradio serves the page and its named events. Neither is stateful: a Gradio chat would keep
conversations in this process, send the whole conversation with every turn and wait in a queue, and
a restarted server would no longer know the page.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from chatbot.web.chat.events import add_events
from chatbot.web.chat.offline_gradio import gr
from chatbot.web.chat.page_layout import lay_out
from chatbot.web.gate import Gate
from chatbot.web.html.page_texts import words_in
from chatbot.web.html.templates import render
from chatbot.web.problems import problem
from chatbot.web.readers_chatbot import Views

# Events of programs that wait at the same time, and sessions that Gradio remembers.
_MOST_WAITING: Final = 64


def mount_chat(app: FastAPI, views: Views) -> FastAPI:
    """Mount the chat at `/`. Routes that the application already has keep their paths."""
    with _Page(title=words_in("en")("title"), analytics_enabled=False, fill_width=True) as page:
        events = add_events(views)
        lay_out(page)
    page.state_session_capacity = _MOST_WAITING
    page.queue(max_size=_MOST_WAITING, default_concurrency_limit=None)
    mounted = mount_blocks(app, page, path="", head=render("chat/gradio_head.html"))
    sessions = page._queue.pending_messages_per_session  # noqa: SLF001 - Gradio doesn't show them
    mounted.app = Gate(mounted.app, events, app.routes[:-1], sessions=sessions)
    return app


def mount_blocks(
    app: FastAPI, page: gr.Blocks, *, path: str, head: str, largest_file: int | None = None
) -> Mount:
    """Mount a Gradio page without the features that this server doesn't offer.

    Whatever is mounted is open: the caller puts a gate before it.
    """
    gr.mount_gradio_app(
        app,
        page,
        path=path,
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        run_history=False,
        pwa=False,
        max_file_size=largest_file,
        # System fonts: the theme's own fonts come from another host.
        theme=gr.themes.Base(
            font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
        ),
        head=head,
    )
    mounted = app.routes[-1]
    assert isinstance(mounted, Mount)
    assert isinstance(mounted.app, FastAPI)
    page.app = mounted.app  # for events in a queue
    # FastAPI's own answer repeats the value, which JSON may not be able to hold.
    for kind in (RequestValidationError, HTTPException):
        mounted.app.add_exception_handler(kind, _explain)
    return mounted


def _explain(request: Request, error: Exception) -> Response:
    return problem(error, request.scope)


class _Page(gr.Blocks):  # type: ignore[misc]
    """Refuses an event with too few inputs without printing those that it got."""

    def validate_inputs(self, block_fn: Any, inputs: list[Any]) -> None:
        if len(inputs) < len(block_fn.inputs):
            message = f"{block_fn.name} needs {len(block_fn.inputs)} inputs. Send all of them."
            raise gr.Error(message, print_exception=False)
