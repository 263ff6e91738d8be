"""Tests of `chatbot/readers/office`."""
