"""The page in Chromium, with a real server and the real model."""
