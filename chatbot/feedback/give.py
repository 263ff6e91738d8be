"""Saves a thumb for an answer or one of its passages, checked against the answer's build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from chatbot.answers import Answer, Citation
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import NotFound, UsageError
from chatbot.feedback.store import FeedbackLimits, FeedbackStore, Shown, Thumb, Vote
from chatbot.index.catalog import storable
from chatbot.index.opened_build import Build
from chatbot.settings import Settings
from chatbot.text.clean import clean, one_line
from chatbot.types import Filters, Passage, Span

COMMENT_CHARACTERS: Final = 2_000
_VOICE_CHARACTERS: Final = 64
# A question leans only on the turns just before it.
_TURNS_SAVED: Final = 10


def give_feedback(
    chatbot: ChatbotView,
    question: str,
    *,
    doc_id: str,
    passage_id: str,
    verdict: Vote,
    build: str = "",
    history: Sequence[str] = (),
    filters: Filters | Mapping[str, Any] | None = None,
    top_k: int | None = None,
    as_typed: bool = False,
    comment: str = "",
    voice: str = "",
) -> Thumb:
    """Save a thumb for a passage that was shown for a question, in the feedback file.

    Without `doc_id` and `passage_id`, the thumb rates the whole answer or refusal. The verdict
    "none" withdraws an earlier thumb.

    `build` is the answer's build, by default the one in service. A second thumb for the same
    passage, question and build replaces the first. `voice` is a random text that lets several
    people rate the same passage. Only a hash of voice, question and passage together is saved, so
    nobody can see which thumbs share a voice.

    Raises UsageError, QuestionError, NotFound, StorageError, TooMuchFeedback.
    """
    if verdict not in ("up", "down", "none"):
        raise UsageError(f"The verdict must be 'up', 'down' or 'none', not {verdict!r}.")
    if len(comment) > COMMENT_CHARACTERS:
        raise UsageError(
            f"The comment has {len(comment):,} characters and the limit is "
            f"{COMMENT_CHARACTERS:,}. Shorten it.",
            code="comment_too_long",
            n=len(comment),
            limit=COMMENT_CHARACTERS,
        )
    if len(voice) > _VOICE_CHARACTERS:
        raise UsageError(
            f"The voice can have at most {_VOICE_CHARACTERS} characters. Choose a shorter one."
        )
    doc_id, passage_id = storable(doc_id), storable(passage_id)
    judged_build = _kept_build(chatbot, build)
    passage = _passage(judged_build, doc_id, passage_id) if doc_id or passage_id else None
    whole = (passage.span, passage.text) if passage else (Span(0, 0), "")
    # Asked again only to check the thumb.
    answer, _ = chatbot.witnessed(None).ask_and_rank(
        question,
        history=history,
        filters=filters,
        top_k=top_k,
        as_typed=as_typed,
        build=judged_build,
    )
    citations = list(_shown_citations(answer))
    # A passage that wasn't shown has no highlighted sentence, so the whole passage is judged.
    citation = next((citation for citation in citations if citation.passage == passage), None)
    span, quote = (citation.span, citation.quote) if citation else whole
    longest = chatbot.settings.question_characters
    turns = tuple(one_line(turn[:longest]) for turn in history[-_TURNS_SAVED:])
    # JSON delimits the parts, so different parts never join to the same text.
    ballot = json.dumps([voice, answer.question, turns, judged_build.name, passage_id])
    thumb = Thumb(
        ballot=hashlib.sha256(ballot.encode()).hexdigest(),
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        build=judged_build.name,
        question=answer.question,
        history=turns,
        interpreted_question=answer.interpreted_question,
        shown=tuple(
            Shown(citation.doc_id, citation.span, citation.quote) for citation in citations
        ),
        doc_id=doc_id,
        passage_id=passage_id,
        span=span,
        quote=quote,
        vote=verdict,
        comment=clean(comment).strip(),
    )
    feedback_store(chatbot.settings).save(thumb)
    return thumb


def feedback_store(settings: Settings) -> FeedbackStore:
    """The feedback file of the settings, with its limits."""
    limits = FeedbackLimits(
        size=int(settings.feedback_megabytes * 1e6),
        per_minute=settings.feedback_per_minute,
        days=settings.feedback_days,
    )
    return FeedbackStore(settings.feedback_file, limits)


def _kept_build(chatbot: ChatbotView, name: str) -> Build:
    """The build of an answer, if it can still give that answer."""
    build, serving = chatbot.build_named(name), chatbot.build
    # The vectors of another model can't be compared with the question's.
    same = build and build.manifest.model_fingerprint == serving.manifest.model_fingerprint
    if build is None or not same:
        raise NotFound(
            f"The build {one_line(name)!r} is no longer kept, so its answer can't be rated. "
            f"Ask again and rate the new answer.",
            code="judged_build_gone",
        )
    return build


def _passage(build: Build, doc_id: str, passage_id: str) -> Passage:
    rows = build.catalog.passage_rows(doc_id)
    if not rows:
        raise NotFound(
            f"There is no document {doc_id!r} in the build {build.name}. "
            f"Take doc_id and passage_id from the answer.",
            code="judged_passage_gone",
        )
    owner, _, number = passage_id.rpartition("#")
    if owner == doc_id and number.isdecimal() and len(number) <= len(str(len(rows))):
        for passage in build.passages(rows[int(number) : int(number) + 1]):
            if passage.passage_id == passage_id:
                return passage
    raise NotFound(
        f"There is no passage {passage_id!r} in the document {doc_id!r} of the build "
        f"{build.name}. Take doc_id and passage_id from the answer.",
        code="judged_passage_gone",
    )


def _shown_citations(answer: Answer) -> Iterator[Citation]:
    for citation in answer.citations or answer.nearest:
        yield citation
        yield from citation.further
