"""A lexical index as it lies in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self

from chatbot.errors import IndexDamaged
from chatbot.index.array_files import ScatteredRows, open_rows
from chatbot.index.lexical import postings, sentence_terms
from chatbot.index.lexical.postings import Passages, Postings
from chatbot.index.lexical.sentence_terms import SentenceTerms

_POSTINGS = (
    postings.TERMS,
    postings.STARTS,
    postings.RUNS,
    postings.RUN_BLOCKS,
    postings.FREQUENCIES,
    postings.PLACES,
    postings.IMPACTS,
)
_PASSAGES = (postings.DOCUMENTS, postings.TYPICAL)


class Stored(NamedTuple):
    """Its files, opened."""

    postings: Postings
    passages: Passages
    sentences: SentenceTerms

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an index. Raises IndexDamaged."""
        try:
            lists, about = (
                [open_rows(folder / name) for name in names] for names in (_POSTINGS, _PASSAGES)
            )
            said = SentenceTerms(
                ScatteredRows(folder / sentence_terms.KEYS),
                open_rows(folder / sentence_terms.STARTS),
            )
        except IndexDamaged as failure:
            raise _damaged(folder, failure.problem) from failure
        found = cls(Postings(*lists), Passages(*about), said)
        if not found._fits():
            raise _damaged(folder, "its files do not belong together")
        return found

    def _fits(self) -> bool:
        lists, passages, said = self
        terms = lists.terms.size
        return (
            passages.documents.shape[1:] == (4,)
            and len(passages.documents) > 0
            and lists.starts.shape == (terms + 1,)
            and lists.runs.shape == (int(lists.starts[-1]) + 1,)
            and lists.run_blocks.shape == (int(lists.starts[-1]),)
            and lists.frequencies.shape == (terms,)
            and lists.places.shape == lists.impacts.shape == (int(lists.runs[-1]),)
            and passages.typical.shape == (2,)
            and said.starts.shape == (len(passages) + 1,)
            and said.keys.mapped.shape == (int(said.starts[-1]),)
        )


def _damaged(folder: Path, problem: str) -> IndexDamaged:
    return IndexDamaged(folder.parent, f"{folder.name} can't be read ({problem})")
