"""The notice that there's no usable index: what to do, and the command to copy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal

from fastapi.responses import Response

from chatbot.errors import IndexDamaged, IndexMissing, IndexUnusable
from chatbot.index_address import index_name
from chatbot.settings import Settings
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import page


@dataclass(frozen=True, slots=True)
class WaitingNotice:
    """Why no question can be answered, and the command that helps.

    `command` has the arguments quoted for a shell. `reason` is in English, for the person who runs
    the server; it is empty if the index is only missing.
    """

    kind: Literal["missing", "unusable"]
    reason: str
    corpus: str
    command: tuple[str, ...]


def waiting_notice(settings: Settings, failure: Exception) -> WaitingNotice:
    """The notice for an index that can't be opened."""
    kind: Literal["missing", "unusable"]
    kind = "missing" if isinstance(failure, IndexMissing) else "unusable"
    reason = failure.problem if isinstance(failure, IndexUnusable) else ""
    return WaitingNotice(kind, reason, str(settings.corpus), build_command(settings, failure))


def build_command(settings: Settings, failure: Exception) -> tuple[str, ...]:
    """The command that builds the index in the folders in use, quoted for a shell."""
    fresh = ["--fresh"] if isinstance(failure, IndexDamaged) else []
    folders = ["--corpus", str(settings.corpus), "--index", index_name(settings.index)]
    return tuple(shlex.quote(word) for word in ("chatbot", "build", *fresh, *folders))


def waiting_page(settings: Settings, failure: Exception, words: Words) -> Response:
    """The notice as a page without a script; the browser reloads it every few seconds."""
    notice = waiting_notice(settings, failure)
    return page("shared/waiting_page.html", words, status=503, notice=notice)
