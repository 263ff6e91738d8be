"""Fixtures for the tests of the write path."""

from __future__ import annotations

import pytest

from chatbot.encoder import Encoder
from tests.building import Recorder, recording


@pytest.fixture(autouse=True)
def recorder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Records the texts that a test's builds embed; all tests share one encoder."""
    return recording(encoder, monkeypatch)
