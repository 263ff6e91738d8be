"""The pages about all documents: the list and the coverage, with the metrics."""
