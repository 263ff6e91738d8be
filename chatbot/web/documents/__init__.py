"""Adding documents: the page that takes them, and the same for scripts."""
