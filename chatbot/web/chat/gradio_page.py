"""The chat page as a Gradio application, mounted behind a gate.

Gradio serves the page and its named events. Neither is stateful: a Gradio chat would keep
conversations in this process, send the whole conversation with every turn and wait in a queue, and
a restarted server would no longer know the page.
"""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.routing import Mount

from chatbot.assistant import Chatbot
from chatbot.web.chat.events import add_events
from chatbot.web.chat.offline_gradio import gr
from chatbot.web.chat.page_layout import lay_out
from chatbot.web.gate import Gate
from chatbot.web.html.page_texts import words_in
from chatbot.web.html.templates import render

# Events of programs that wait at the same time, and sessions that Gradio remembers.
_MOST_WAITING: Final = 64


def mount_chat(app: FastAPI, chatbot: Chatbot) -> FastAPI:
    """Mount the chat at `/`. Routes that the application already has keep their paths."""
    with gr.Blocks(title=words_in("en")("title"), analytics_enabled=False, fill_width=True) as page:
        events = add_events(chatbot)
        lay_out(page)
    page.state_session_capacity = _MOST_WAITING
    page.queue(max_size=_MOST_WAITING, default_concurrency_limit=None)
    gr.mount_gradio_app(
        app,
        page,
        path="",
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        run_history=False,
        pwa=False,
        theme=_theme(),
        head=render("chat/gradio_head.html"),
    )
    mounted = app.routes[-1]
    assert isinstance(mounted, Mount)
    mounted.app = Gate(mounted.app, frozenset(events))
    return app


def _theme() -> gr.themes.Base:
    # System fonts: the theme's own fonts come from another host.
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
