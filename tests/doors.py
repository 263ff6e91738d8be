"""Questions and filters for every interface: command line and HTTP API must agree on them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from chatbot.client import Client
from chatbot.web.app import create_app

QUESTION: Final = "Which air defence system did Russia sell to China?"
ABSENT: Final = "What is the population of Beijing?"
QUESTIONS: Final = (
    QUESTION,
    ABSENT,
    "Who trains with whom?",
    "Why was Russia sanctioned in 2014?",
    "How do the two countries cooperate in space?",
    "俄罗斯向中国出售了哪种防空系统?",
)

NO_WORDS: Final = "The question has no words. Ask something in words."
TOO_LONG: Final = (
    "The question has 100,000 characters and the limit is 4,000. "
    "Ask one question in a sentence or two."
)


class Asked(NamedTuple):
    """A question as typed, and as understood."""

    question: str
    understood: str


# Refused questions, with the message.
REFUSED: Final = {
    "empty": ("", NO_WORDS),
    "blanks": (" \t\n\u3000 ", NO_WORDS),
    "punctuation": ("?! … --", NO_WORDS),
    "emoji": ("🚀🚀", NO_WORDS),
    "control characters": ("\x01\x1b\x7f", NO_WORDS),
    "invisible characters": ("\u200b\u202e\ufeff", NO_WORDS),
    "lone surrogates": ("\ud800\udcff", NO_WORDS),
    "100,000 characters": ("x" * 100_000, TOO_LONG),
}

# Accepted questions. None has a NUL, which a command line can't contain.
UNDERSTOOD: Final = {
    "chinese": Asked("俄罗斯向中国出售了哪种防空系统?", "俄罗斯向中国出售了哪种防空系统?"),
    "arabic": Asked("أي نظام دفاع جوي؟", "أي نظام دفاع جوي؟"),
    "russian": Asked("Какую систему продала Россия?", "Какую систему продала Россия?"),
    "emoji and a word": Asked("🚀 space", "🚀 space"),
    "control characters": Asked("air\x07 defence\x1b[31m", "air defence[31m"),
    "lone surrogates": Asked("air \ud800defence\udcff", "air defence"),
    "direction override": Asked("air \u202edefence", "air defence"),
    "several lines": Asked(" air\r\n\tdefence\n", "air defence"),
    "as long as can be": Asked("word " * 799 + "words", "word " * 799 + "words"),
    "query language": Asked('x:* AND (air OR -"sea', 'x:* AND (air OR -"sea'),
    "markup": Asked("<script>air</script>", "<script>air</script>"),
}

# Name and value of a refused filter, with the message.
_FILTERS: Final = "Choose from: document, folder, tag, source, language, date_from, date_to."
_DATES: Final = "Write 2018, 2018-05 or 2018-05-31."
BAD_FILTERS: Final = {
    "unknown": ("colour", "red", f"There is no filter 'colour'. {_FILTERS}"),
    "no date": ("date_from", "banana", f"date_from can't be 'banana'. {_DATES}"),
    "no day": ("date_to", "2018-02-30", f"date_to can't be '2018-02-30'. {_DATES}"),
    "no month": ("date_to", "2018-13", f"date_to can't be '2018-13'. {_DATES}"),
    "no ASCII": ("date_to", "٢٠١٨", f"date_to can't be '٢٠١٨'. {_DATES}"),
    "surrogates": ("date_to", "\udcff", f"date_to can't be '\\udcff'. {_DATES}"),
}


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """The JSON of an answer without the times."""
    return answer | {"timings": sorted(answer["timings"])}


def application(chatbot: Chatbot, traces: Any = None) -> FastAPI:
    """The application, created in an event loop; without one, Gradio leaves a loop unclosed."""

    async def make() -> FastAPI:
        return create_app(chatbot, traces)

    # In a new thread, because an open browser runs a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, make()).result()


@contextmanager
def client_of(chatbot: Chatbot) -> Iterator[Client]:
    """A client of an application in this process."""
    inner = TestClient(application(chatbot))

    def answer(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        sent = inner.request(
            request.method, target, content=request.read(), headers=dict(request.headers)
        )
        return httpx.Response(sent.status_code, content=sent.content)

    with Client("http://testserver") as client:
        client._http = httpx.Client(
            base_url="http://testserver", transport=httpx.MockTransport(answer)
        )
        yield client
