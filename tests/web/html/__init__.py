"""Tests of `chatbot/web/html`."""
