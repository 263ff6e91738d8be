"""PDF -> document: pages, lines in reading order, headings, tables, and where each word stands.

file ─ pdfium (or oxide) ─> Page of words ─ lines ─> Line ─ furniture, order ─> lines to read
lines to read ─ headings, tables, paragraphs ─> Piece of the document ─ reader ─> Document
"""
