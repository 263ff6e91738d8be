"""The page while there is no index to answer from: what to do, and the command to copy."""

from __future__ import annotations

import shlex
from html import escape

from fastapi.responses import Response

from chatbot.errors import IndexDamaged, IndexMissing, IndexUnusable
from chatbot.settings import Settings
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import page


def build_command(settings: Settings, failure: Exception) -> list[str]:
    """The words that build the index that is missing, or can't be used, from its very folders."""
    fresh = ["--fresh"] if isinstance(failure, IndexDamaged) else []
    folders = ["--corpus", str(settings.corpus), "--index", str(settings.index)]
    return [shlex.quote(word) for word in ("chatbot", "build", *fresh, *folders)]


def waiting_html(settings: Settings, failure: Exception, words: Words, *, script: bool) -> str:
    """What is wanting and how to mend it; with a button to copy where a script runs."""
    kind = "missing" if isinstance(failure, IndexMissing) else "unusable"
    copy = (
        f'<button type="button" data-do="copy-command">{escape(words("copy_command"))}</button>'
        if script
        else ""
    )
    words_html = " ".join(
        f"<span>{escape(word)}</span>" for word in build_command(settings, failure)
    )
    command = (
        f'<div class="command"><pre dir="ltr" tabindex="0"><code>'
        f"{words_html}</code></pre>{copy}</div>"
    )
    # For whoever mends it, in the words of the command line.
    reason = (
        f'<p class="quiet" lang="en" dir="ltr">{escape(failure.problem)}</p>'
        if isinstance(failure, IndexUnusable)
        else ""
    )
    folder = f"<bdi><code>{escape(str(settings.corpus))}</code></bdi>"
    steps = (
        f"<li>{words('waiting_put', folder=folder)}</li>"
        f"<li>{escape(words('waiting_run'))}{command}</li>"
    )
    return (
        f'<section class="waiting"><h1>{escape(words(f"waiting_{kind}"))}</h1>'
        f"<p>{escape(words(f'waiting_{kind}_more'))}</p>{reason}<ol>{steps}</ol>"
        f'<p class="working" role="status">{escape(words("waiting_then"))}</p></section>'
    )


def waiting_page(settings: Settings, failure: Exception, words: Words) -> Response:
    """The same for the pages that have no script, which the browser loads again by itself."""
    html = waiting_html(settings, failure, words, script=False)
    return page("waiting.html", words, status=503, html=html)
