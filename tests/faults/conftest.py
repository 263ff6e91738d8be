"""What the tests of faults need."""

from __future__ import annotations

import pytest

from chatbot.encoder import Encoder
from chatbot.ingestion.build_index import build_index
from chatbot.settings import Settings
from tests.building import BREAD, RADAR, SHIPS, recording, write


@pytest.fixture(autouse=True)
def _open_encoder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is built or opened in this process shares one encoder."""
    recording(encoder, monkeypatch)
    monkeypatch.setattr("chatbot.assistant.open_encoder", lambda *_, **__: encoder)


@pytest.fixture
def built(settings: Settings) -> Settings:
    """A corpus of three documents with its index."""
    write(settings.corpus, {"radar.md": RADAR, "ships.md": SHIPS, "bread.md": BREAD})
    build_index(settings)
    return settings
