"""Records as text: CSV, TSV, JSON and JSON Lines."""
