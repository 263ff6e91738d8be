"""Tests of `chatbot/cli`."""
