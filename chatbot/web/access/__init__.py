"""Logging in, and the guard in front of every route."""
