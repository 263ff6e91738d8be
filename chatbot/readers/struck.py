"""Struck-through text, marked as in Markdown, so that it isn't mistaken for valid text."""

from __future__ import annotations

from collections.abc import Iterable

from chatbot.text.struck_through import STRUCK


def struck(words: str) -> str:
    """The words between marks, which stand inside the white space around them."""
    inner = words.strip()
    if not inner:
        return words
    start = words.index(inner)
    return f"{words[:start]}{STRUCK}{inner}{STRUCK}{words[start + len(inner) :]}"


def joined(pieces: Iterable[str]) -> str:
    """The pieces of a text; struck pieces that follow each other are one."""
    parts: list[str] = []
    for piece in filter(None, pieces):
        if piece.startswith(STRUCK) and parts and parts[-1].endswith(STRUCK):
            parts[-1] = parts[-1].removesuffix(STRUCK)
            parts.append(piece.removeprefix(STRUCK))
        else:
            parts.append(piece)
    return "".join(parts)
