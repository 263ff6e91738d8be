"""Fixtures for the tests of faults."""

from __future__ import annotations

import pytest

from chatbot.encoder import Encoder
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import BREAD, RADAR, SHIPS, recording, write


@pytest.fixture(autouse=True)
def _shared_encoder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """All builds and chatbots in this process share one encoder."""
    recording(encoder, monkeypatch)
    monkeypatch.setattr("chatbot.assistant.open_encoder", lambda *_, **__: encoder)


@pytest.fixture
def built(settings: Settings) -> Settings:
    """A corpus of three documents and its index."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    build_index(settings)
    return settings
