"""Runs fixed question sets through the chatbot and measures the results as TREC does."""
