"""Sentences about an answer as a whole: its parts, and what it says about the documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chatbot.answers import AboutDocuments, Answer
from chatbot.web.html.page_texts import Words

_DIFFERENT: Final = {False: "elsewhere_other", True: "elsewhere_older"}


def part_notes(answer: Answer, words: Words) -> list[str]:
    """For each part of the question, the marker of its quote, or that there is no clear answer."""
    return [
        f"{part.text}: {words('part_none') if part.marker is None else f'[{part.marker}]'}"
        for part in answer.parts
    ]


def elsewhere_notes(answer: Answer, words: Words) -> list[str]:
    """Which other citations say the same, and which have a different figure."""
    same = [f"[{other.marker}]" for other in answer.elsewhere if other.agrees]
    different = [
        words(_DIFFERENT[other.older], marker=f"[{other.marker}]", words=other.words)
        for other in answer.elsewhere
        if not other.agrees
    ]
    return [*([words("elsewhere_same", markers=listed(same))] if same else []), *different]


def documents_heading(about: AboutDocuments, words: Words) -> str:
    """What stands above the documents that answer a question about the documents themselves."""
    if about.kind == "summary":
        return words("about_summary", title=about.documents[0].document.title)
    if about.kind in {"greeting", "thanks", "help"}:
        return words(f"about_{about.kind}")
    if about.kind in {"author", "date"}:
        return words("about_details")
    counted = {"topic": "about_topic", "mention": "about_mention"}.get(about.kind, "about_count")
    return words.count(counted, about.matching)


def documents_note(about: AboutDocuments, words: Words) -> str:
    """The heading, with the author or the date of each document if they are asked for."""
    heading = documents_heading(about, words)
    if about.kind not in {"author", "date"}:
        return heading
    stated = (
        (row.document.title, row.document.metadata.author, row.document.metadata.date)
        for row in about.documents
    )
    details = [
        f"{title}: {author if about.kind == 'author' else words.date(date or '')}."
        for title, author, date in stated
    ]
    return " ".join([heading, *details])


def missing_parts(answer: Answer) -> tuple[str, ...]:
    """The parts of the question that have no answer."""
    return tuple(part.text for part in answer.parts if part.marker is None)


def listed(names: Iterable[str]) -> str:
    """Names with commas between them."""
    return ", ".join(names)
