"""Tests of the write path, from the corpus to a published build."""
