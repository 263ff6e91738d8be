"""Tests: each name is a claim, each docstring says it in a sentence."""
