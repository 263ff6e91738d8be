"""What the tests of the write path need."""

from __future__ import annotations

import pytest

from chatbot.encoder import Encoder
from tests.building import Recorder, recording


@pytest.fixture(autouse=True)
def recorder(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What the builds of a test ask of the encoder, which all of this process share."""
    return recording(encoder, monkeypatch)
