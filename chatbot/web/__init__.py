"""The web door: the HTTP API, the source viewer and the chat, one FastAPI application."""
