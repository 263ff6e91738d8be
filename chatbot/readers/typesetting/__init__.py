"""Texts written for typesetting: reStructuredText, AsciiDoc, Org, LaTeX."""
