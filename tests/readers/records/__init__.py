"""Tests of `chatbot/readers/records`."""
