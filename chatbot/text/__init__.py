"""Text itself: its characters, sentences, spelling, and the page around it."""
