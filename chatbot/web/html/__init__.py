"""Shared by all pages: templates, texts, tables and highlights."""
