"""Pages, Keynote and Numbers."""
