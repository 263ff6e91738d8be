"""Tests of `chatbot/retrieval`."""
