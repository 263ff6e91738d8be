"""Tests of `chatbot/evaluation`."""
