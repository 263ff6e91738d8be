"""What other programs export: books, articles, feeds, notes, wikis, calendars, contacts, pages."""
