"""The parts of the page around the conversation, as HTML by the name of their place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from markupsafe import Markup

from chatbot.index.opened_build import Build
from chatbot.settings import Settings
from chatbot.web.chat.example_questions import Example, found_examples
from chatbot.web.html.page_texts import Words
from chatbot.web.html.templates import render
from chatbot.web.html.waiting import waiting_notice

_PARTS = ("skip", "history", "top", "welcome", "hint", "dates-hint", "pane", "notices")


def frame_html(build: Build, words: Words) -> dict[str, Markup]:
    """The page without a conversation."""
    filled = {
        "standing": standing_html(build, words),
        "examples": examples_html(found_examples(build), words),
    }
    return {
        part: render(f"chat/{part.replace('-', '_')}.html", words=words, **filled)
        for part in _PARTS
    }


def waiting_html(settings: Settings, failure: Exception, words: Words) -> dict[str, Markup]:
    """The page while there's no usable index."""
    notice = waiting_notice(settings, failure)
    return {
        "waiting": render("chat/waiting.html", notice=notice, words=words),
        "notices": render("chat/notices.html", words=words),
    }


def standing_html(build: Build, words: Words) -> Markup:
    """How many documents the answers come from, and how old the build is."""
    documents, made = build.manifest.documents, build.made
    when = words.ago(made, datetime.now(UTC))
    return render("chat/standing.html", documents=documents, made=made, when=when, words=words)


def examples_html(examples: Sequence[Example], words: Words) -> Markup:
    """Example questions as buttons; empty without examples."""
    return render("chat/examples.html", examples=examples, words=words)
