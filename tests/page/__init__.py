"""Tests of the chat page without a browser."""
