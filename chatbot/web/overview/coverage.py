"""What is indexed and what is not, and how often questions found their answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbot.assistant import Chatbot
from chatbot.errors import SkipKind, SkipReason, StorageError
from chatbot.feedback import Day, FeedbackStore
from chatbot.index.document_listing import BlankPages, MediaTypeCount
from chatbot.index.manifest import SkippedFile

log = logging.getLogger(__name__)

_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class SkippedFor:
    """Files that were skipped for one reason."""

    kind: SkipKind
    detail: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the build in service covers.

    `corpus` is the name of the folder alone: where it lies is nobody's business. `days` has the
    last days on which something was asked, in UTC, latest first, and nothing of what was asked.
    """

    build: str
    made: str
    corpus: str
    model: str
    files: int
    documents: int
    passages: int
    sentences: int
    formats: tuple[MediaTypeCount, ...]
    skipped: tuple[SkippedFor, ...]
    without_text: tuple[BlankPages, ...]
    days: tuple[Day, ...]


def coverage(chatbot: Chatbot) -> Coverage:
    """The coverage of the build in service, and the counts of questions there are."""
    build = chatbot.build
    told, names = build.manifest, build.catalog.names()
    try:
        days = FeedbackStore(chatbot.settings.feedback_file).days(_DAYS)
    except StorageError as failure:
        log.warning("%s", failure)
        days = ()
    return Coverage(
        build=told.name,
        made=told.created,
        corpus=Path(told.corpus).name,
        model=Path(told.model).name,
        files=told.files,
        documents=told.documents,
        passages=told.passages,
        sentences=told.sentences,
        formats=tuple(names.formats()),
        skipped=_by_reason(told.skipped),
        without_text=tuple(names.blank()),
        days=days,
    )


def _by_reason(skipped: tuple[SkippedFile, ...]) -> tuple[SkippedFor, ...]:
    """The reason of most files first."""
    paths: dict[SkipReason, list[str]] = {}
    for file in skipped:
        paths.setdefault(file.reason, []).append(file.path)
    order = sorted(paths, key=lambda reason: (-len(paths[reason]), reason))
    return tuple(SkippedFor(*reason, tuple(sorted(paths[reason]))) for reason in order)
