"""Tests of `chatbot/web/chat`."""
