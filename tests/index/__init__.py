"""Tests of a build's files, a module each."""
