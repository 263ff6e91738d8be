"""Coverage: indexed files, skipped files, and how often questions found an answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chatbot.chatbot_view import ChatbotView
from chatbot.encoder import unread_documents
from chatbot.errors import SkipKind, SkipReason, StorageError
from chatbot.feedback import Day, feedback_store
from chatbot.index.document_listing import BlankPages, MediaTypeCount
from chatbot.index.manifest import SkippedFile
from chatbot.index.visible_build import VisibleBuild

log = logging.getLogger(__name__)

_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class SkippedFor:
    """The files that were skipped for one reason."""

    kind: SkipKind
    detail: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The files in the build in service, and counts of questions.

    `corpus` is the folder's name without its path, which is private. `days` has counts for the
    last days with questions, in UTC, latest first. No question is stored. `unread` counts the
    documents that the model can't read, if they are many. A `restricted` coverage counts only what
    the reader may see, and no skipped files, because nobody knows which groups those would name.
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
    unread: int
    restricted: bool


def current_coverage(chatbot: ChatbotView) -> Coverage:
    """The coverage of the build in service; without counts if they can't be read."""
    build = chatbot.build
    manifest, names = build.manifest, build.catalog.names()
    try:
        days = feedback_store(chatbot.settings).days(_DAYS)
    except StorageError as failure:
        log.warning("%s", failure)
        days = ()
    return Coverage(
        build=manifest.name,
        made=manifest.created,
        corpus=Path(manifest.corpus).name,
        model=Path(manifest.model).name,
        files=manifest.files,
        documents=manifest.documents,
        passages=manifest.passages,
        sentences=manifest.sentences,
        formats=tuple(names.formats()),
        skipped=_by_reason(manifest.skipped),
        without_text=tuple(names.blank()),
        days=days,
        unread=unread_documents(manifest.model, manifest.document_languages),
        restricted=isinstance(build, VisibleBuild),
    )


def _by_reason(skipped: tuple[SkippedFile, ...]) -> tuple[SkippedFor, ...]:
    """Skipped files by reason, the most frequent reason first."""
    paths: dict[SkipReason, list[str]] = {}
    for file in skipped:
        paths.setdefault(file.reason, []).append(file.path)
    order = sorted(paths, key=lambda reason: (-len(paths[reason]), reason))
    return tuple(SkippedFor(*reason, tuple(sorted(paths[reason]))) for reason in order)
