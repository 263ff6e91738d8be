"""The page as a person meets it: a real server, the real model, Chromium."""
