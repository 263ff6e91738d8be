"""Tests of `chatbot/readers/rtf`."""
