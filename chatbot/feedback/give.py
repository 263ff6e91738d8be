"""A thumb for one passage of an answer, checked against the build that gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from chatbot.assistant import Chatbot
from chatbot.errors import NotFound, UsageError
from chatbot.feedback.store import FeedbackStore, Shown, Thumb, Vote
from chatbot.index.catalog import storable
from chatbot.index.opened_build import Build
from chatbot.text.clean import clean, one_line
from chatbot.types import Answer, Citation, Filters, Passage

COMMENT_CHARACTERS: Final = 2_000
_VOICE_CHARACTERS: Final = 64
# A question leans on the turns just before it; what was said long ago is not kept.
_TURNS_KEPT: Final = 10


def give_feedback(
    chatbot: Chatbot,
    question: str,
    *,
    doc_id: str,
    passage_id: str,
    verdict: Vote,
    build: str = "",
    history: Sequence[str] = (),
    filters: Filters | Mapping[str, Any] | None = None,
    top_k: int | None = None,
    comment: str = "",
    voice: str = "",
) -> Thumb:
    """Keep a thumb for a passage that was shown for a question, in the file of the settings.

    `build` is the answer's; by default the one in service. A second thumb for the same passage
    of the same question and build takes the place of the first. So that several people can judge
    the same passage, each may have a `voice`, a text made by chance: only a hash of it with the
    rest is kept, so two thumbs of one voice can't be told from those of two.

    Raises UsageError, QuestionError, NotFound, StorageError.
    """
    if verdict not in ("up", "down"):
        raise UsageError(f"A verdict is 'up' or 'down', unlike {verdict!r}.")
    if len(comment) > COMMENT_CHARACTERS:
        raise UsageError(
            f"The comment has {len(comment):,} characters and the limit is "
            f"{COMMENT_CHARACTERS:,}. Say it in fewer words.",
            code="comment_too_long",
            n=len(comment),
            limit=COMMENT_CHARACTERS,
        )
    if len(voice) > _VOICE_CHARACTERS:
        raise UsageError(f"A voice has at most {_VOICE_CHARACTERS} characters. Make a shorter one.")
    doc_id, passage_id = storable(doc_id), storable(passage_id)
    told = _kept(chatbot, build)
    passage = _passage(told, doc_id, passage_id)
    answer, _ = chatbot.ask_and_rank(
        question, history=history, filters=filters, top_k=top_k, build=told
    )
    shown = list(_shown(answer))
    # What was not shown has no marked sentence: all of it is judged.
    place = next((each for each in shown if each.passage == passage), None)
    longest = chatbot.settings.question_characters
    turns = tuple(one_line(turn[:longest]) for turn in history[-_TURNS_KEPT:])
    # Parts of a ballot are told apart: JSON has an end to each.
    ballot = json.dumps([voice, answer.question, turns, told.name, passage_id])
    thumb = Thumb(
        ballot=hashlib.sha256(ballot.encode()).hexdigest(),
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        build=told.name,
        question=answer.question,
        history=turns,
        interpreted_question=answer.interpreted_question,
        shown=tuple(Shown(each.doc_id, each.span, each.quote) for each in shown),
        doc_id=doc_id,
        passage_id=passage_id,
        span=place.span if place else passage.span,
        quote=place.quote if place else passage.text,
        vote=verdict,
        comment=clean(comment).strip(),
    )
    FeedbackStore(chatbot.settings.feedback_file).keep(thumb)
    return thumb


def _kept(chatbot: Chatbot, name: str) -> Build:
    """The build that an answer came from, if its answer can still be told."""
    kept, serving = chatbot.build_named(name), chatbot.build
    # One of another model would be asked with vectors that it doesn't know.
    same = kept and kept.manifest.model_fingerprint == serving.manifest.model_fingerprint
    if kept is None or not same:
        raise NotFound(
            f"The build {one_line(name)!r} is no longer kept, so what it showed can't be judged. "
            f"Ask again, and judge that answer.",
            code="judged_build_gone",
        )
    return kept


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


def _shown(answer: Answer) -> Iterator[Citation]:
    for citation in answer.citations or answer.nearest:
        yield citation
        yield from citation.further
