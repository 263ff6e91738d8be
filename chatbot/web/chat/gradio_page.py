"""The page's frame in Gradio. Only this module imports gradio.

Gradio serves the page; the questions go to routes of our own (see `page.py`). A Gradio event would
keep each conversation in this process, send all of it again for every turn and wait in a queue;
and a restarted server would not know the page any more.
"""

from __future__ import annotations

import os

from fastapi import FastAPI

# Gradio reads these when it is imported: no look-ups to other hosts, whatever the user has set.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

from chatbot.web.html.page_texts import words_in

_HEAD = (
    "".join(
        f'<link rel="stylesheet" href="{address}">'
        for address in ("/style/page.css", "/page/assets/chat.css", "/page/assets/answer.css")
    )
    + '<script type="module" src="/page/assets/chat.js"></script>'
)


def mount_chat(app: FastAPI) -> FastAPI:
    """Mount the chat at `/`; routes that the application has already keep their paths."""
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
        head=_HEAD,
    )
    return mounted


def _page() -> gr.Blocks:
    with gr.Blocks(title=words_in("en")("title"), analytics_enabled=False, fill_width=True) as page:
        # What is in it is made by `chat.js`, from the frame that the server sends in the
        # reader's language and from the index that serves at that moment.
        gr.HTML('<div id="app"></div>', js_on_load=None, apply_default_css=False)
    return page


def _theme() -> gr.themes.Base:
    # System fonts: the theme's own would be asked of another host.
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
