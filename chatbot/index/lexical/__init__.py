"""The lexical arm: BM25 over passages and their neighbours, as an impact index.

A passage is scored by its own words and by those of the passages around it, because a section
rarely repeats its subject in each of its paragraphs.

Terms, postings, impacts
------------------------
- A *term* is a word, folded, and stemmed by the language of its passage (`analyzer.py`). On disk it
  is the first 8 bytes of its hash.
- A *posting* says that a term leads to a passage: the passage or one of its neighbours has it.
  A term's postings, ascending by row, are its *posting list*.
- The *impact* of a posting is the BM25 score of the term in the passage without the term's
  rarity, as one byte (`postings.py`). It depends on the passage, its neighbours and the typical
  passage length, and on nothing else in the index. So a new index copies the impacts of
  unchanged passages. The rarity is applied at search time.
- A *block* is a range of 65,536 rows, so that a row within its block fits into two bytes. The
  postings of one term in one block are a *run*.

Files
-----
    terms.npy            term hashes, ascending
    starts.npy           for each term, its first run
    runs.npy             for each run, its first posting
    run_blocks.npy       for each run, its block
    places.npy           for each posting, its row within the block
    impacts.npy          for each posting, its impact: odd if the passage itself has the term
    frequencies.npy      for each term, the number of odd impacts: its document frequency
    documents.npy        for each document: key, first row, words with and without neighbours
    typical.npy          the two typical lengths that the impacts are based on
    sentence_keys.npy    for each sentence, its terms as 4-byte hashes, then a zero
    sentence_starts.npy  for each passage, its first sentence key

All files are memory-mapped NumPy arrays.

Search
------
`lexical_search.py` adds up impact times rarity, term by term, rarest first. The most common
terms hold most of the postings and decide least, so the sum ends early. Once enough candidates
exist, it stops as soon as no passage that isn't a candidate can still reach the first `depth`, or
the posting budget is spent. The remaining terms are then looked up for the leading candidates
only. That gives every hit its full score. A passage that is strong in common terms alone can be
missed, but only if the budget ends the sum.

Writing
-------
`term_counts.py` counts the terms of new documents, a *segment* of 16,384 passages at a time.
`merge.py` merges the segments, and the postings carried over from an earlier index, term by term.
The result is the same, byte for byte, as that of writing every document again.
`lexical_writer.py` decides what can be carried over.
"""

from chatbot.index.lexical.analyzer import ANALYZER_VERSION, Analyzer, stemmer_of, terms_of
from chatbot.index.lexical.lexical_search import LexicalIndex
from chatbot.index.lexical.lexical_writer import write_lexical
from chatbot.index.lexical.term_counts import LexicalDocument
from chatbot.index.lexical.tuning import LexicalTuning

__all__ = [
    "ANALYZER_VERSION",
    "Analyzer",
    "LexicalDocument",
    "LexicalIndex",
    "LexicalTuning",
    "stemmer_of",
    "terms_of",
    "write_lexical",
]
