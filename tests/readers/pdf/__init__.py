"""Tests of `chatbot/readers/pdf`."""
