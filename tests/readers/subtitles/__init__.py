"""Tests of `chatbot/readers/subtitles`."""
