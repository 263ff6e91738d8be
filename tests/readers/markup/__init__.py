"""Tests of `chatbot/readers/markup`."""
