"""Tests of `chatbot/readers/odf`."""
