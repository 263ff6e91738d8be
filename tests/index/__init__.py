"""Tests of a build's files, one module per file."""
