"""Confined processes for untrusted files."""
