"""Detect the format of a file from its content, then from its name."""
