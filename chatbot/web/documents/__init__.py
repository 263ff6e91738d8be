"""Adding documents: the page, and the routes for scripts."""
