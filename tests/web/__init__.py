"""Tests of `chatbot/web`."""
