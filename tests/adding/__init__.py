"""Tests of documents that people add while the server runs."""
