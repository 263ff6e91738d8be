"""PDF -> document: pages, reading order, headings, tables, and the position of each word.

file ─ pdfium (or oxide) ─> Page ─ lines ─> Line ─ running_lines, reading_order ─> ordered lines
ordered lines ─ headings, table_detection, paragraphs ─> Piece ─ pdf_writer ─> Document
"""
