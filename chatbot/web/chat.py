"""The chat page. Only this module imports gradio."""

from __future__ import annotations

import os
from html import escape
from importlib.resources import files
from typing import NamedTuple

from fastapi import FastAPI

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError
from chatbot.web.render import answer_html, problem_html, turn_html

# Gradio reads these when it is imported: no look-ups to other hosts, whatever the user has set.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"

import gradio as gr

_TITLE = "Ask your documents"
_AT_ONCE = 16


class Turn(NamedTuple):
    """A question of the conversation, and the exchange as HTML."""

    question: str
    html: str


def reply(chatbot: Chatbot, question: str, turns: list[Turn]) -> tuple[str, str, list[Turn]]:
    """The cleared input, the conversation as HTML, and its turns with this one at the end."""
    try:
        answer = chatbot.ask(question, history=[turn.question for turn in turns])
        body = answer_html(answer)
    except ChatbotError as problem:
        body = problem_html(problem)
    shown = question[: chatbot.settings.question_characters]
    turns = [*turns, Turn(shown, turn_html(shown, body))]
    return "", "".join(turn.html for turn in turns), turns


def mount_chat(app: FastAPI, chatbot: Chatbot) -> FastAPI:
    """Mount the chat at `/`; routes that the application has already keep their paths."""
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        _page(chatbot),
        path="",
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        theme=_theme(),
        css=_asset("page.css") + _asset("chat.css"),
    )
    return mounted


def _page(chatbot: Chatbot) -> gr.Blocks:
    with gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
        gr.HTML(_heading(chatbot), elem_id="heading", js_on_load=None, apply_default_css=False)
        conversation = gr.HTML(
            "", elem_id="conversation", js_on_load=None, apply_default_css=False, autoscroll=True
        )
        with gr.Row(elem_id="asking"):
            question = gr.Textbox(
                placeholder="Ask a question about the documents",
                label="Question",
                show_label=False,
                lines=1,
                max_lines=6,
                autofocus=True,
                scale=8,
                elem_id="question",
            )
            ask = gr.Button("Ask", variant="primary", scale=1, min_width=80, elem_id="ask")

        def respond(text: str | None, before: list[Turn]) -> tuple[str, str, list[Turn]]:
            return reply(chatbot, text or "", before)

        gr.on(
            [question.submit, ask.click],
            respond,
            [question, turns],
            [question, conversation, turns],
            concurrency_limit=_AT_ONCE,
            api_visibility="private",
            show_progress="minimal",
        )
    return page


def _heading(chatbot: Chatbot) -> str:
    count = chatbot.build.manifest.documents
    return (
        f"<h1>{escape(_TITLE)}</h1><p>Answers are passages from {count:,} "
        f"document{'' if count == 1 else 's'}, word for word, each with its source.</p>"
    )


def _theme() -> gr.themes.Base:
    # System fonts: the theme's own would be asked of another host.
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def _asset(name: str) -> str:
    return files("chatbot.web").joinpath("assets", name).read_text("utf-8")
