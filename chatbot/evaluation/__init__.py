"""Fixed question sets, run through the chatbot and measured as in TREC."""
