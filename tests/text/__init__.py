"""Tests of `chatbot/text`."""
