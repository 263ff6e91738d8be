"""The page on which people add documents, made of Gradio's components, mounted at `/add`.

Gradio's component takes the files and shows how far the upload is. While a build runs, the page
asks every second how the files and the build are doing, and keeps nothing itself. Buttons are
forms, so they work without a script.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import RedirectResponse

from chatbot.adding.desk import AddingDesk
from chatbot.settings import Settings
from chatbot.web.chat.gradio_page import mount_blocks
from chatbot.web.chat.offline_gradio import gr
from chatbot.web.documents.adders import AddersOnly, viewer_of
from chatbot.web.documents.adding_html import (
    files_html,
    folder_choices,
    outcome_html,
    progress_html,
    top_html,
)
from chatbot.web.documents.uploads import Outcome, add_uploaded
from chatbot.web.gate import Gate
from chatbot.web.html.page_texts import readers_words, words_in
from chatbot.web.html.templates import render

PATH: Final = "/add"
# Gradio's name for whatever event of a component.
_EVENT: Final = "predict"
_MOST_SESSIONS: Final = 64
_SECONDS: Final = 1.0

Update = dict[str, Any]


def mount_adding(app: FastAPI, desk: AddingDesk, settings: Settings) -> None:
    """Mount the page; before the chat, which takes every other path."""
    with gr.Blocks(title=words_in("en")("adding"), analytics_enabled=False) as page:
        _lay_out(app, desk, settings.file_megabytes)
    page.state_session_capacity = _MOST_SESSIONS

    @app.get(PATH, include_in_schema=False)
    def to_page() -> RedirectResponse:
        return RedirectResponse(f"{PATH}/", 307)

    mounted = mount_blocks(
        app,
        page,
        path=PATH,
        head=render("documents/gradio_head.html"),
        largest_file=round(settings.file_megabytes * 1e6),
    )
    # In the file system of the corpus, so that a document gets its name in one step.
    mounted.app.uploaded_file_dir = str(desk.shelf.incoming)  # type: ignore[attr-defined]
    gate = Gate(mounted.app, [_EVENT], [], root=PATH, takes_files=True)
    mounted.app = AddersOnly(gate, desk, settings)


def _lay_out(app: FastAPI, desk: AddingDesk, largest: float) -> None:
    """Add the components and their events."""
    place = {"html_template": "${value}", "js_on_load": None, "apply_default_css": False}
    with gr.Column(elem_id="adding"):
        top = gr.HTML(elem_id="top", **place)
        drop = gr.File(file_count="multiple", elem_id="drop", height=190)
        with gr.Row(elem_id="beside"):
            folder = gr.Dropdown(allow_custom_value=True, elem_id="folder")
            # It only chooses; the page's script gives the files to `drop`.
            choose = gr.UploadButton(file_count="directory", elem_id="choose")
        outcome = gr.HTML(elem_id="outcome", **place)
        progress = gr.HTML(elem_id="progress", **place)
        find = gr.Textbox(elem_id="find", max_lines=1)
        files = gr.HTML(elem_id="files", **place)
    timer = gr.Timer(_SECONDS, active=False)

    def standing(request: gr.Request, search: str) -> list[Any]:
        """The build, the documents, and whether to ask again."""
        running = desk.progress.running  # first: a build that ends now changes the rest
        scope, words = request.request.scope, readers_words(request.request)
        viewer = viewer_of({**scope, "app": app})
        shown = files_html(desk, viewer, search or "", words)
        return [
            str(progress_html(desk, words, everything=viewer.everything)),
            str(shown),
            gr.Timer(active=running),
        ]

    def page_begin(request: gr.Request) -> list[Any]:
        words = readers_words(request.request)
        viewer = viewer_of({**request.request.scope, "app": app})
        desk.shelf.tidy()
        labels = [
            gr.update(label=words("adding_drop")),
            gr.update(
                label=words("adding_folder"),
                info=words("adding_folder_more"),
                choices=folder_choices(desk, viewer),
                value="",
            ),
            gr.update(label=words("adding_choose")),
            gr.update(label=words("adding_find")),
        ]
        told = str(outcome_html(desk, viewer, Outcome(), words))
        return [str(top_html(largest, words)), *labels, told, *standing(request, "")]

    def page_add(request: gr.Request, payload: Any, into: str | None, search: str) -> list[Any]:
        words = readers_words(request.request)
        viewer = viewer_of({**request.request.scope, "app": app})
        result = add_uploaded(desk, payload, into or "", viewer)
        told = str(outcome_html(desk, viewer, result, words))
        return [None, told, *standing(request, search)]

    shown = [progress, files, timer]
    quiet: Update = {"queue": False, "concurrency_limit": None, "show_progress": "hidden"}
    quiet["api_visibility"] = "private"
    blocks = gr.context.Context.root_block
    blocks.load(
        page_begin,
        None,
        [top, drop, folder, choose, find, outcome, *shown],
        **quiet,
    )
    drop.upload(
        page_add,
        [drop, folder, find],
        [drop, outcome, *shown],
        **{**quiet, "show_progress": "minimal", "preprocess": False},
    )
    timer.tick(standing, find, shown, **quiet)
    find.submit(standing, find, shown, **quiet)
