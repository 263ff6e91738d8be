"""Training of the reader (`chatbot/reader`) from public question sets."""
