"""The lexical arm: BM25 over passages and their surroundings, in tantivy.

A passage is scored by its own words and by those of the passages around it: what a long section
is about is rarely repeated in each of its paragraphs. `words` says how text becomes terms,
`segments` writes, `search` reads. Only this room imports tantivy.
"""

from chatbot.index.lexical.search import LexicalIndex
from chatbot.index.lexical.segments import LexicalDocument, write_lexical
from chatbot.index.lexical.words import Words, searchable

__all__ = ["LexicalDocument", "LexicalIndex", "Words", "searchable", "write_lexical"]
