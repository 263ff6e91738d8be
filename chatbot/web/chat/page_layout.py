"""The page, composed of Gradio components.

Question box, buttons and filters are Gradio's own. The conversation, the list of conversations and
the source are empty `gr.HTML` components; the page's script fills them with HTML from the server.
No component's value holds a conversation.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from chatbot.web.chat.filter_panel import DATES, GROUPS, Chosen, Group
from chatbot.web.chat.offline_gradio import gr
from chatbot.web.html.page_texts import COOKIE, Words, languages, words_in

Update = dict[str, Any]

_SPEAK: Final = (
    f"() => (document.cookie = '{COOKIE}=%s; path=/; max-age=31536000; samesite=lax', "
    "location.reload())"
)
_SCRIPT: Final = 'import("/page/assets/chat.js").then((chat) => chat.'


def lay_out(page: gr.Blocks) -> None:
    """Add the components to a page and connect their events to the page's script."""
    with gr.Row(elem_id="app"):
        _place("skip")
        with gr.Column(elem_id="sidebar"):
            new = gr.Button(elem_id="new")
            _place("history")
            with gr.Row(elem_id="languages"):
                switch = {
                    code: gr.Button(words_in(code)("language"), elem_id=f"language-{code}")
                    for code in languages()
                }
        with gr.Column(elem_id="chat"):
            for name in ("top", "waiting", "welcome", "turns"):
                _place(name)
            with gr.Column(elem_id="asking"):
                with gr.Column(elem_id="narrowing"):
                    panel, clear = _panel()
                box = gr.Textbox(
                    lines=1, max_lines=8, show_label=False, container=False, elem_id="box"
                )
                with gr.Row(elem_id="below"):
                    narrow = gr.Button(elem_id="narrow", elem_classes="fold")
                    chips = _place("chips")
                    _place("hint")
        _place("pane")
        _place("notices")
    texts = [new, box, narrow, clear, *panel[-len(DATES) :]]
    page.load(None, None, texts, **_call("begin", _places(page)))
    new.click(None, None, None, **_call("open"))
    new.click(None, None, None, **_call("setFilters", {}))
    for code, button in switch.items():
        button.click(None, None, None, js=_SPEAK % code, show_progress="hidden")
    box.submit(None, box, box, **_call("submit"))
    narrow.click(None, None, panel, **_call("narrow"))
    clear.click(None, None, None, **_call("setFilters", {}))
    # The script triggers it after it has changed the filters.
    chips.change(None, None, panel, **_call("narrow"))
    boxes = [*panel[1 : 2 * len(GROUPS) : 2], *panel[-len(DATES) :]]
    for group in boxes[: len(GROUPS)]:
        group.input(None, boxes, panel, **_call("narrow"))
    for date in boxes[len(GROUPS) :]:
        date.blur(None, boxes, panel, **_call("narrow"))
        date.submit(None, boxes, panel, **_call("narrow"))


def _places(page: gr.Blocks) -> int:
    return sum(isinstance(block, gr.HTML) for block in page.blocks.values())


def in_language(words: Words) -> list[Update]:
    """The texts of Gradio's own components, in the order of the load event's outputs."""
    return [
        gr.update(value=words("conversation_new")),
        gr.update(
            label=words("ask_label"), placeholder=words("ask_placeholder"), submit_btn=words("ask")
        ),
        gr.update(value=words("narrow")),
        gr.update(value=words("narrow_clear")),
        *(gr.update(label=words(f"narrow_{name}")) for name in DATES),
    ]


def panel_updates(groups: Sequence[Group], chosen: Chosen) -> list[Update]:
    """Updates for the panel's components, in their order; none without groups."""
    updates = []
    for group in groups:
        visible = bool(group.values)
        updates.append(gr.update(value=group.title, visible=visible))
        updates.append(
            gr.update(choices=group.values, value=group.chosen, info=group.note, visible=visible)
        )
    if groups:
        updates += [gr.update(value=chosen.get(name, "")) for name in DATES]
    return updates


def folds(groups: Sequence[Group]) -> list[tuple[str, bool]]:
    """The headings of the groups, and whether each starts unfolded."""
    return [
        (f"fold-{name}", name == "tag" or bool(group.chosen))
        for name, group in zip(GROUPS, groups, strict=bool(groups))
    ]


def _call(function: str, *arguments: Any) -> dict[str, Any]:
    """Options of an event that calls a function of the page's script, without Gradio's spinner.

    It passes these arguments, then the values of the event's inputs. The function returns the
    updates of the event's outputs, or a promise of them.
    """
    first = "".join(f"{json.dumps(argument)}, " for argument in arguments)
    script = f"(...values) => {_SCRIPT}{function}({first}...values))"
    return {"js": script, "show_progress": "hidden"}


def _place(name: str) -> gr.HTML:
    """An empty element for the page's script to fill.

    The template stays empty because Gradio compiles templates, and the text in them, to code.
    """
    return gr.HTML(
        html_template="",
        js_on_load=f'{_SCRIPT}placed("{name}", element, trigger))',
        apply_default_css=False,
        elem_id=name,
    )


def _panel() -> tuple[list[gr.components.Component], gr.Button]:
    """The components that show filters, and the button that clears them.

    A heading and boxes for each of GROUPS, then a text box for each of DATES.
    """
    _place("left")
    panel: list[gr.components.Component] = []
    for name in GROUPS:
        panel.append(gr.Button(elem_id=f"fold-{name}", elem_classes="fold"))
        panel.append(gr.CheckboxGroup(show_label=False, container=False, elem_id=f"group-{name}"))
    _place("dates-hint")
    with gr.Row(elem_id="dates"):
        panel += [gr.Textbox(max_length=10, elem_id=name) for name in DATES]
    return panel, gr.Button(elem_id="clear")
