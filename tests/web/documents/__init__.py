"""Tests of `chatbot/web/documents`."""
