"""Tests of `chatbot/readers/iwork`."""
