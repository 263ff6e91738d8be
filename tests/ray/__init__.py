"""Builds whose files and texts go to the workers of a Ray cluster."""
