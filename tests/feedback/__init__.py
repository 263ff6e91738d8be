"""Tests of `chatbot/feedback`."""
