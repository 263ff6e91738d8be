"""A retrieval chatbot whose answers can be checked at their source.

    from chatbot import Chatbot, retrieve

Importing this package loads nothing heavy; each name is imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatbot.answers import Answer, Citation
    from chatbot.assistant import Chatbot, retrieve
    from chatbot.errors import ChatbotError
    from chatbot.feedback import give_feedback
    from chatbot.settings import Settings, load_settings
    from chatbot.types import Document, Filters, Passage, Span

_MODULES = {
    "Answer": "answers",
    "Chatbot": "assistant",
    "ChatbotError": "errors",
    "Citation": "answers",
    "Document": "types",
    "Filters": "types",
    "Passage": "types",
    "Settings": "settings",
    "Span": "types",
    "give_feedback": "feedback",
    "load_settings": "settings",
    "retrieve": "assistant",
}

__all__ = [
    "Answer",
    "Chatbot",
    "ChatbotError",
    "Citation",
    "Document",
    "Filters",
    "Passage",
    "Settings",
    "Span",
    "give_feedback",
    "load_settings",
    "retrieve",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
