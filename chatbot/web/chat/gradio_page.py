"""The page's frame in Gradio. Only this module imports gradio.

Gradio serves the page; questions go to our own routes (see `chat_routes.py`). A Gradio chat would
keep conversations in this process, send the whole conversation with every turn and wait in a
queue, and a restarted server would no longer know the page.
"""

from __future__ import annotations

import os

from fastapi import FastAPI

# Gradio reads these at import. They prevent requests to other hosts, whatever the user has set.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

from chatbot.web.html.page_texts import words_in
from chatbot.web.html.templates import render


def mount_chat(app: FastAPI) -> FastAPI:
    """Mount the chat at `/`. Routes that the application already has keep their paths."""
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _page(),
        path="",
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        theme=_theme(),
        head=render("chat/gradio_head.html"),
    )
    return mounted


def _page() -> gr.Blocks:
    with gr.Blocks(title=words_in("en")("title"), analytics_enabled=False, fill_width=True) as page:
        # `chat.js` fills it with the frame, which the server sends in the reader's language and
        # for the build in service.
        gr.HTML(render("chat/gradio_body.html"), js_on_load=None, apply_default_css=False)
    return page


def _theme() -> gr.themes.Base:
    # System fonts: the theme's own fonts come from another host.
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
