"""Tests of `chatbot/readers/containers`."""
