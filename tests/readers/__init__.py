"""Tests of `chatbot/readers`."""
