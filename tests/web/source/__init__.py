"""Tests of `chatbot/web/source`."""
