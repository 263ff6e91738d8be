"""Tests of `chatbot/reader`."""
