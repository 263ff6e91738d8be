"""Bytes -> text in any encoding."""
