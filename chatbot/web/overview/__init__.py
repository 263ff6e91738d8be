"""The pages about all documents: the list, what's included, and metrics."""
