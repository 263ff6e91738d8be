"""Which entities a build sees, as a condition of Milvus, and which rows they are."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import numpy as np

from chatbot.index.build_parts import Flags
from chatbot.index.milvus.entity import ORDINAL_BITS, listed
from chatbot.index.milvus.outline import Entities
from chatbot.index.ties import Rows

_CACHED: Final = 32


class Visibility:
    """The entities of a build; `doc_of_row` has the document of each row, ascending."""

    def __init__(self, entities: Entities, doc_of_row: Rows) -> None:
        self._numbers = np.ascontiguousarray(entities.documents[:, 0])
        self._gone = np.asarray(entities.gone)
        self._order = np.argsort(self._numbers)
        self._doc_of_row = doc_of_row
        self._first_rows = np.searchsorted(doc_of_row, np.arange(len(self._numbers)))
        # A document may have no passage.
        self._with_passages = np.flatnonzero(np.bincount(doc_of_row, minlength=len(self._numbers)))
        builds = np.unique(entities.documents[:, 1])
        self._everything = f"build in {listed(builds)}"
        self._conditions: OrderedDict[int, tuple[Flags, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._doc_of_row)

    def ids(self, rows: Rows) -> Rows:
        """The ids of rows."""
        docs = self._doc_of_row[rows]
        ids: Rows = self._numbers[docs] << ORDINAL_BITS | (rows - self._first_rows[docs])
        return ids

    def rows(self, ids: Rows) -> Rows:
        """The rows of ids; -1 for an id of another build."""
        numbers, ordinals = ids >> ORDINAL_BITS, ids & ((1 << ORDINAL_BITS) - 1)
        places = np.searchsorted(self._numbers, numbers, sorter=self._order)
        docs = self._order[np.minimum(places, len(self._order) - 1)]
        own = self._numbers[docs] == numbers
        return np.where(own, self._first_rows[docs] + ordinals, -1)

    def number(self, doc: int) -> int:
        """The number in this index of a document of the build."""
        return int(self._numbers[doc])

    def documents(self, allowed: Flags) -> Flags:
        """Which documents have flagged rows. All rows of a document have the same flag."""
        flags = np.zeros(len(self._numbers), np.bool_)
        flags[self._with_passages] = allowed[self._first_rows[self._with_passages]]
        return flags

    def numbers(self, documents: Flags) -> Rows:
        """The numbers in this index of the flagged documents."""
        numbers: Rows = self._numbers[documents]
        return numbers

    def condition(self, allowed: Flags | None) -> str:
        """The condition that the entities of flagged rows meet; empty if there are none.

        It lists the documents that are admitted, or those that aren't, whichever are fewer.
        """
        if allowed is None:
            return self._without(self._gone)
        cached = self._conditions.pop(id(allowed), None)
        condition = cached[1] if cached and cached[0] is allowed else self._listing(allowed)
        # With the flags themselves, so that their id stays theirs.
        self._conditions[id(allowed)] = allowed, condition
        while len(self._conditions) > _CACHED:
            self._conditions.popitem(last=False)
        return condition

    def _listing(self, allowed: Flags) -> str:
        flags = self.documents(allowed)
        admitted, excluded = self._numbers[flags], self._numbers[~flags]
        if not len(admitted):
            return ""
        if len(admitted) <= len(excluded) + len(self._gone):
            return f"doc in {listed(admitted)}"
        return self._without(np.concatenate([self._gone, excluded]))

    def _without(self, numbers: Rows) -> str:
        if not len(numbers):
            return self._everything
        return f"{self._everything} and doc not in {listed(numbers)}"
