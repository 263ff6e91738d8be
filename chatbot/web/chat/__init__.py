"""The chat page: its frame, the answers, and the routes that it calls."""
