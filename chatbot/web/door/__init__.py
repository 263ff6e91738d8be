"""Checks of every request before its route, and changes to every response."""
