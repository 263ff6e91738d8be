"""Tests of `chatbot/readers/typesetting`."""
