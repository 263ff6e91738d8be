"""One application for all attacks that need no server of their own."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from chatbot.assistant import Chatbot
from tests.doors import application


@pytest.fixture(scope="session")
def client(demo: Chatbot) -> TestClient:
    """The application over the demo corpus; a bug is a response with status 500."""
    return TestClient(application(demo), raise_server_exceptions=False)
