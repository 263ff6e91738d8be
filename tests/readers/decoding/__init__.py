"""Tests of `chatbot/readers/decoding`."""
