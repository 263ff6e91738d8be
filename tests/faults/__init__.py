"""Tests of what goes wrong around an index, and of what it leaves."""
