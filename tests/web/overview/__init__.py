"""Tests of `chatbot/web/overview`."""
