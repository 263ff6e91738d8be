"""The web application: HTTP API, chat and source viewer under one address."""
