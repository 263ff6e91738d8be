"""The lexical arm: BM25 over passages and their surroundings.

A passage is scored by its own words and by those of the passages around it: what a long section
is about is rarely repeated in each of its paragraphs. `words` says how text becomes terms,
`counting` how often each stands where, and `postings` what is kept of that; `sentences` has what
stands in each sentence, and `stored` all of it in a folder. `writing` gathers it from an earlier
index and from what is new, `merging` puts it in order, and `search` reads it.
"""

from chatbot.index.lexical.analyzer import Words
from chatbot.index.lexical.lexical_search import LexicalIndex
from chatbot.index.lexical.lexical_writer import write_lexical
from chatbot.index.lexical.term_counts import LexicalDocument

__all__ = ["LexicalDocument", "LexicalIndex", "Words", "write_lexical"]
