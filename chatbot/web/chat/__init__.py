"""The chat page: its layout, the events that it calls, and the HTML of answers."""
