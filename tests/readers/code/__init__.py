"""Tests of `chatbot/readers/code`."""
