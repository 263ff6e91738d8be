"""The parts of the page for adding, as HTML in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from chatbot.adding.added_documents import AddedDocument, Viewer
from chatbot.adding.desk import AddingDesk
from chatbot.adding.shelf import FOLDER
from chatbot.web.documents.uploads import Outcome
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render
from chatbot.web.problems import in_words

_SHOWN: Final = 50
# First what a person waits for, then what needs attention.
_ORDER: Final = {"waiting": 0, "skipped": 1, "left_out": 1, "closed": 2, "ready": 3}
# The stages whose length is known, with the texts that give it, and the share of it alone.
_STAGES: Final = {
    "reading": ("adding_stage_reading", "adding_share_reading"),
    "embedding": ("adding_stage_embedding", "adding_share_embedding"),
}


def top_html(largest: float, words: Words) -> Markup:
    """The heading, with links to the other pages; `largest` is the size of a file in MB."""
    return render("documents/top.html", limit=f"{largest:g}", words=words)


def outcome_html(desk: AddingDesk, viewer: Viewer, outcome: Outcome, words: Words) -> Markup:
    """What became of a drop, and the files that wait for a decision."""
    return render(
        "documents/outcome.html",
        added=len(outcome.added),
        refused=list(dict.fromkeys(in_words(failure, words) for failure in outcome.refused)),
        pending=[held.name for held in desk.pending(viewer)],
        shown=_SHOWN,
        words=words,
    )


def progress_html(desk: AddingDesk, words: Words, *, everything: bool) -> Markup:
    """How far the build is, or why the last one failed; empty if there's nothing to say.

    The number of all files counts hidden ones, so it's for whoever sees everything.
    """
    progress = desk.progress
    if not everything and progress.total:
        percent = 100 * progress.done // progress.total
        progress = replace(progress, done=percent, total=100)
    text = words("adding_stage_starting")
    if progress.stage in _STAGES:
        done, total = words.number(progress.done), words.number(progress.total)
        whole, share = _STAGES[progress.stage]
        text = words(whole, done=done, total=total) if everything else words(share, percent=done)
    elif progress.stage:
        text = words("adding_stage_writing")
    # The reason is in English and may name any file, so it's for whoever sees everything.
    why = progress.failed if everything else ""
    return render("documents/progress.html", progress=progress, text=text, why=why, words=words)


def files_html(desk: AddingDesk, viewer: Viewer, search: str, words: Words) -> Markup:
    """The added documents whose names have the words of a search, and what can be put back."""
    documents = [each for each in desk.listing(viewer) if _matches(each, search)]
    documents.sort(key=lambda each: (_ORDER[each.state], -each.file.modified_ns, each.file.name))
    now = datetime.now(UTC)
    return render(
        "documents/files.html",
        documents=documents[:_SHOWN],
        matching=len(documents),
        trashed=[(each, _ago(each.deleted, now, words)) for each in desk.trashed(viewer)[:_SHOWN]],
        hours=round(desk.shelf.hours_in_trash),
        searched=bool(search.strip()),
        folder=FOLDER,
        ago=lambda document: _ago(document.file.modified_ns / 1e9, now, words),
        words=words,
    )


def folder_choices(desk: AddingDesk, viewer: Viewer) -> Sequence[str]:
    """The folders of the documents that a person may know of."""
    names = [each.file.name for each in desk.listing(viewer)]
    return sorted({name.rpartition("/")[0] for name in names} - {""})


def _matches(document: AddedDocument, search: str) -> bool:
    text = f"{document.file.name}\n{document.title}".casefold()
    return all(word in text for word in search.casefold().split())


def _ago(moment: float, now: datetime, words: Words) -> str:
    return words.ago(datetime.fromtimestamp(moment, UTC), now)
