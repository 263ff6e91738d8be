"""The chatbot's own files may lie in the corpus, but nobody finds what they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from watchfiles import Change

from chatbot.assistant import Chatbot
from chatbot.ingestion.build_index import build_index
from chatbot.ingestion.watch import changes
from chatbot.settings import Settings, load_settings
from tests.building import RADAR, write

SECRET = {"question": "When will the takeover of Omsk Steel be announced?"}
OWN = (
    "index-audit/2026-12-01.jsonl",
    "index-feedback.sqlite",
    "index-feedback.sqlite-wal",
    "index-access.sqlite",
    "index-access.sqlite-shm",
    "chatbot.toml",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A folder with a document, the index, and everything that a server writes beside it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"radar.md": RADAR, "other/chatbot.toml": "top_k = 3"})
    write(tmp_path, dict.fromkeys(OWN[:-1], json.dumps(SECRET)))
    write(tmp_path, {"chatbot.toml": 'oidc_client_secret = "takeover"'})
    return load_settings(corpus=Path(), index=Path("index"))


def test_a_build_reads_none_of_them(home: Settings) -> None:
    """The audit log has every question, and chatbot.toml may have secrets."""
    report = build_index(home)
    assert (report.read, report.skipped) == (2, ())
    with Chatbot.open(settings=home) as chatbot:
        assert [each.doc_id for each in chatbot.documents()] == ["other/chatbot.toml", "radar.md"]
        found = chatbot.retrieve("takeover of Omsk Steel")
        assert not any("takeover" in cited.passage.text for cited in found)


def test_a_watch_is_not_woken_by_them(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server writes them at each question."""
    filters: list[Callable[[Change, str], bool]] = []

    def watch(*_: object, watch_filter: Any, **__: object) -> Iterator[set[Any]]:
        filters.append(watch_filter)
        return iter([set()])

    monkeypatch.setattr("chatbot.ingestion.watch.watch", watch)
    assert list(changes(home)) == [None]
    (is_relevant,) = filters
    corpus = home.corpus.resolve()
    assert is_relevant(Change.modified, str(corpus / "radar.md"))
    assert is_relevant(Change.modified, str(corpus / "other" / "chatbot.toml"))
    assert not any(is_relevant(Change.modified, str(corpus / name)) for name in OWN)
