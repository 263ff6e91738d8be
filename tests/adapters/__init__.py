"""Tests of `chatbot/adapters`, against the real frameworks in an environment of their own."""
