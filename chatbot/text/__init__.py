"""What is known about text itself: its characters, its sentences, the page around it."""
