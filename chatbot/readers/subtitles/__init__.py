"""Subtitles and transcripts with times."""
