"""The files of a lexical index, opened."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self

from chatbot.errors import IndexDamaged
from chatbot.index.array_files import ScatteredRows, open_rows
from chatbot.index.lexical import postings, sentence_terms
from chatbot.index.lexical.postings import PassageTable, Postings
from chatbot.index.lexical.sentence_terms import SentenceTerms
from chatbot.index.lexical.tuning import LexicalTuning

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


class LexicalFiles(NamedTuple):
    """The arrays of one index folder."""

    postings: Postings
    passages: PassageTable
    sentences: SentenceTerms

    @classmethod
    def open(cls, folder: Path, tuning: LexicalTuning) -> Self:
        """Open the files of a folder. Raises IndexDamaged."""
        try:
            lists, tables = (
                [open_rows(folder / name) for name in names] for names in (_POSTINGS, _PASSAGES)
            )
            sentences = SentenceTerms(
                ScatteredRows(folder / sentence_terms.KEYS, mapped_up_to=tuning.mapped_up_to),
                open_rows(folder / sentence_terms.STARTS),
            )
        except IndexDamaged as failure:
            raise _damaged(folder, failure.problem) from failure
        files = cls(Postings._make([*lists, tuning.block]), PassageTable(*tables), sentences)
        if not files._shapes_agree():
            raise _damaged(folder, "its files do not belong together")
        return files

    def _shapes_agree(self) -> bool:
        lists, passages, sentences = self
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
            and sentences.starts.shape == (len(passages) + 1,)
            and sentences.keys.mapped.shape == (int(sentences.starts[-1]),)
        )


def _damaged(folder: Path, problem: str) -> IndexDamaged:
    return IndexDamaged(folder.parent, f"{folder.name} can't be read ({problem})")
