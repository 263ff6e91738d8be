"""Conversations from a browser, answered again from the builds that answered first.

The server stores no conversation. A browser sends questions, filters and names of builds, and the
answers are computed again each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from chatbot.answers import AboutDocuments, Answer, Citation
from chatbot.chatbot_view import ChatbotView
from chatbot.errors import ChatbotError
from chatbot.feedback import Vote
from chatbot.index.opened_build import Build
from chatbot.web.chat.answer_notes import documents_note, elsewhere_notes, part_notes
from chatbot.web.chat.cards import place_steps, place_text
from chatbot.web.html.page_texts import Words
from chatbot.web.problems import in_words

MOST_TURNS: Final = 500
# Each turn is a question to answer, so a small request may be long work.
_MOST_ANSWERED: Final = 100
# The page sends four; a question leans only on the turns just before it.
_MOST_BEFORE: Final = 10
# Characters with a meaning in Markdown: a document may hold links and pictures.
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&=-])")
_ANSWER: Final = TypeAdapter(Answer)


class Turn(BaseModel):
    """A turn as the browser stores it.

    `asked` replaces the question if the reader edited it, and is searched as typed. `before` has
    the earlier questions; `fresh` sets them aside. `build` is the one that answered; empty means
    the one in service. `votes` are the reader's thumbs, by passage.
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    question: str
    asked: str | None = None
    before: list[str] = []
    fresh: bool = False
    filters: dict[str, str | list[str]] = {}
    build: str = ""
    votes: dict[str, Vote] = {}

    @field_validator("asked", "before", "fresh", "filters", "build", "votes", mode="wrap")
    @classmethod
    def _readable(cls, value: Any, check: Callable[[Any], Any], field: ValidationInfo) -> Any:
        """What a browser stored may be anything when it comes back: rubbish counts as nothing."""
        try:
            return check(value)
        except ValidationError:
            return cls.model_fields[str(field.field_name)].get_default()

    @property
    def wording(self) -> str:
        """The question that is asked."""
        return self.question if self.asked is None else self.asked

    @property
    def history(self) -> list[str]:
        """The earlier questions that it is asked after."""
        return self.before[-_MOST_BEFORE:] if self.asked is None and not self.fresh else []


class Conversation(BaseModel):
    """A conversation to export."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = ""
    turns: list[Turn] = Field(max_length=MOST_TURNS)

    @property
    def latest(self) -> list[Turn]:
        """The turns that are exported."""
        return self.turns[-_MOST_ANSWERED:]

    @property
    def left_out(self) -> int:
        """The number of turns before them."""
        return len(self.turns) - len(self.latest)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and its build; `gone` if that isn't the build that the turn names."""

    answer: Answer
    build: Build
    gone: bool


def reply_to(chatbot: ChatbotView, turn: Turn) -> Reply:
    """Ask the build of a turn, or the one in service. Raises QuestionError, UsageError."""
    serving = chatbot.build
    kept_build = chatbot.build_named(turn.build)
    # Question vectors of one model mean nothing in the build of another.
    gone = kept_build is None or _model(kept_build) != _model(serving)
    build = serving if kept_build is None or gone else kept_build
    answer, _ = chatbot.ask_and_rank(
        turn.wording,
        history=turn.history,
        filters=turn.filters,
        as_typed=turn.asked is not None,
        build=build,
    )
    return Reply(answer, build, gone)


def _model(build: Build) -> str:
    return build.manifest.model_fingerprint


def link_to(turn: Turn, build: str) -> str:
    """The address, from the server's root, that asks the same question of the same build."""
    parameters = [("q", turn.wording), ("build", turn.build or build)]
    parameters += [] if turn.asked is None else [("edited", "1")]
    parameters += [("after", question) for question in turn.history]
    for name, values in turn.filters.items():
        parameters += [(name, value) for value in ([values] if isinstance(values, str) else values)]
    return f"/?{urlencode(parameters, errors='replace')}"


def as_data(chatbot: ChatbotView, conversation: Conversation) -> dict[str, Any]:
    """The conversation with its answers and citations, for JSON."""
    turns = []
    for turn in conversation.latest:
        entry: dict[str, Any] = {"question": turn.wording, "filters": turn.filters}
        try:
            reply = reply_to(chatbot, turn)
            answer = _ANSWER.dump_python(reply.answer, mode="json")
            entry |= {"build_gone": reply.gone, "answer": answer}
        except ChatbotError as problem:
            entry |= {"problem": str(problem)}
        turns.append(entry)
    return {"name": conversation.name, "left_out": conversation.left_out, "turns": turns}


def as_markdown(
    chatbot: ChatbotView, conversation: Conversation, words: Words, now: datetime
) -> str:
    """The conversation with its citations; nothing from a document or a person is Markdown."""
    name = conversation.name or words("conversation_unnamed")
    lines = [f"# {_plain(name)}", "", words("exported", when=f"{words.moment(now)} UTC"), ""]
    if conversation.left_out:
        lines += [words.count("export_left_out", conversation.left_out), ""]
    for turn in conversation.latest:
        lines += [f"## {_plain(turn.wording)}", ""]
        try:
            lines += _answer_lines(reply_to(chatbot, turn), words)
        except ChatbotError as problem:
            lines += [_plain(in_words(problem, words)), ""]
    return "\n".join(lines)


def _answer_lines(reply: Reply, words: Words) -> Iterator[str]:
    answer = reply.answer
    if reply.gone:
        yield from (words("build_gone"), "")
    if answer.interpreted_question != answer.question:  # from the conversation, or corrected
        yield from (f"{words('understood')}: {_plain(answer.interpreted_question)}", "")
    if answer.about:
        yield from _about_lines(answer.about, words)
    elif answer.abstained:
        yield from (words.count("not_found", answer.searched_documents), "")
    else:
        yield from (f"**{words(answer.verdict)}**", "")
        notes = [*part_notes(answer, words), *elsewhere_notes(answer, words)]
        yield from (f"- {_plain(note)}" for note in notes)
        if notes:
            yield ""
        yield from _citation_lines(answer.citations, words)
    yield from (words("from_build", build=answer.build), "")


def _about_lines(about: AboutDocuments, words: Words) -> Iterator[str]:
    """What the page says about the documents themselves; details are in the sentence already."""
    yield from (_plain(documents_note(about, words)), "")
    for quote in about.sentences:
        steps = " › ".join(place_steps(quote, words))
        yield from (f"> {_plain(quote.quote)}", "", f"\\[{quote.marker}\\] {_plain(steps)}", "")
    if about.kind not in {"author", "date", "summary"} and about.documents:
        listed = [row.document for row in about.documents]
        yield from (f"- {_plain(f'{each.title} ({each.source})')}" for each in listed)
        yield ""


def _citation_lines(citations: Sequence[Citation], words: Words) -> Iterator[str]:
    for cited in citations:
        yield from (f"> {_plain(cited.quote)}", "")
        yield from (f"\\[{cited.marker}\\] {_plain(place_text(cited, words))}", "")


def _plain(text: str) -> str:
    """Text on one line that Markdown shows unchanged."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
