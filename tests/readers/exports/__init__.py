"""Tests of `chatbot/readers/exports`."""
