"""What a browser keeps of a conversation, answered anew from the builds that it was asked of.

The server keeps no conversation. What comes back from a browser is only questions, filters and
names of builds: the answers, and all that is shown of them, are made here each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chatbot.assistant import Chatbot
from chatbot.errors import ChatbotError
from chatbot.index.opened_build import Build
from chatbot.types import Answer, Citation
from chatbot.web.chat.cards import place_text
from chatbot.web.html.page_texts import Words
from chatbot.web.problems import in_words

MOST_TURNS: Final = 500
# All that Markdown gives a meaning to: a document may hold links and pictures to anywhere.
_MEANT: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&=-])")
_ANSWER: Final = TypeAdapter(Answer)


class Turn(BaseModel):
    """A question as it was asked: after which others, within which filters, of which build."""

    model_config = ConfigDict(extra="forbid", strict=True)

    question: str
    history: list[str] = Field(default=[], max_length=MOST_TURNS)
    filters: dict[str, str | list[str]] = {}
    build: str = ""
    as_new: bool = False


class Conversation(BaseModel):
    """A conversation that is to be exported."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = ""
    turns: list[Turn] = Field(max_length=MOST_TURNS)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and the build that gave it; `gone` where that is not the one it was asked of."""

    answer: Answer
    build: Build
    gone: bool


def reply(chatbot: Chatbot, turn: Turn) -> Reply:
    """Ask a turn's build, or today's if that is gone. Raises QuestionError, UsageError."""
    serving = chatbot.build
    kept = chatbot.build_named(turn.build)
    # A build of another model would be asked with vectors that it doesn't know.
    gone = kept is None or _model(kept) != _model(serving)
    build = serving if kept is None or gone else kept
    answer, _ = chatbot.ask_and_rank(
        turn.question, history=turn.history, filters=turn.filters, build=build
    )
    return Reply(answer, build, gone)


def _model(build: Build) -> str:
    return build.manifest.model_fingerprint


def as_data(chatbot: Chatbot, conversation: Conversation) -> dict[str, Any]:
    """The conversation with its answers and citations, for JSON."""
    turns = []
    for turn in conversation.turns:
        entry: dict[str, Any] = {"question": turn.question, "filters": turn.filters}
        try:
            replied = reply(chatbot, turn)
            answer = _ANSWER.dump_python(replied.answer, mode="json")
            entry |= {"build_gone": replied.gone, "answer": answer}
        except ChatbotError as problem:
            entry |= {"problem": str(problem)}
        turns.append(entry)
    return {"name": conversation.name, "turns": turns}


def as_markdown(chatbot: Chatbot, conversation: Conversation, words: Words, now: datetime) -> str:
    """The conversation with its citations, every word of a document escaped."""
    name = conversation.name or words("conversation_unnamed")
    lines = [f"# {_plain(name)}", "", words("exported", when=f"{now:%Y-%m-%d %H:%M} UTC"), ""]
    for turn in conversation.turns:
        lines += [f"## {_plain(turn.question)}", ""]
        try:
            lines += _answer_lines(reply(chatbot, turn), words)
        except ChatbotError as problem:
            lines += [_plain(in_words(problem, words)), ""]
    return "\n".join(lines)


def _answer_lines(replied: Reply, words: Words) -> Iterator[str]:
    answer = replied.answer
    if replied.gone:
        yield from (words("build_gone"), "")
    if answer.interpreted_question != answer.question:
        yield from (f"{words('understood')}: {_plain(answer.interpreted_question)}", "")
    if answer.abstained:
        when = f"{replied.build.made:%Y-%m-%d %H:%M} UTC"
        yield from (words.count("not_found", answer.searched_documents, when=when), "")
        return
    yield from (f"**{words(answer.verdict)}**", "")
    yield from _citation_lines(answer.citations, words)
    yield from (words("from_build", build=answer.build), "")


def _citation_lines(citations: Sequence[Citation], words: Words) -> Iterator[str]:
    for each in citations:
        yield from (f"> {_plain(each.quote)}", "")
        yield from (f"\\[{each.marker}\\] {_plain(place_text(each, words))}", "")


def _plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _MEANT.sub(r"\\\1", " ".join(text.split()))
