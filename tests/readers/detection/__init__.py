"""Tests of `chatbot/readers/detection`."""
