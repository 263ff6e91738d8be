"""What the pages share: templates, texts, tables and highlights."""
