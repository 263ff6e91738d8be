"""The rights of a build: which groups may see each document.

A document has *conditions*. Each is a set of groups, and a person must be in at least one group of
every condition. Without a condition, everyone may see the document; an empty set admits nobody.
Admins and the command line see everything. Most documents share their conditions with many others,
so a build stores each distinct list of conditions once, and a number for each document.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from chatbot.errors import IndexDamaged
from chatbot.index.array_files import open_rows, save_rows

RULES: Final = "rights.json"
NUMBERS: Final = "rights.npy"
FILES: Final = frozenset({RULES, NUMBERS})

# Several sets of groups, each sorted; a person needs a group of each.
Conditions = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class AccessRule:
    """The groups that may see the documents at some paths; without groups, everyone may.

    `paths` are patterns as in `.gitignore`.
    """

    paths: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """The numbers of documents that everyone may see, that nobody may see, and by group.

    A document that names several groups counts for each of them.
    """

    everyone: int
    nobody: int = 0
    groups: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rights:
    """The rules of a build, its distinct lists of conditions, and which of them each document has.

    `numbers` is `(documents,)`, with positions in `conditions`.
    """

    rules: tuple[AccessRule, ...]
    conditions: tuple[Conditions, ...]
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, rules: Iterable[AccessRule], documents: Iterable[Conditions]) -> Rights:
        """The rights of a build, from the conditions of its documents in their order."""
        distinct: dict[Conditions, int] = {}
        numbers = [distinct.setdefault(conditions, len(distinct)) for conditions in documents]
        return cls(tuple(rules), tuple(distinct), np.array(numbers, np.int32))

    @property
    def in_use(self) -> bool:
        """Whether there is a rule, or a document with a condition."""
        return bool(self.rules) or any(self.conditions)

    def admitted(self, groups: Collection[str]) -> NDArray[np.bool_]:
        """Which of the distinct lists of conditions a person in these groups meets."""
        return np.array(
            [
                all(not names.isdisjoint(groups) for names in map(frozenset, conditions))
                for conditions in self.conditions
            ],
            np.bool_,
        )

    def visible(self, groups: Collection[str]) -> NDArray[np.bool_]:
        """Which documents a person in these groups may see, `(documents,)`."""
        flags: NDArray[np.bool_] = self.admitted(groups)[self.numbers]
        return flags

    def of_document(self, number: int) -> Conditions:
        """The conditions of the document with this number."""
        return self.conditions[self.numbers[number]]

    def counts(self) -> GroupCounts:
        """The number of documents by group."""
        documents = np.bincount(self.numbers, minlength=len(self.conditions)).tolist()
        everyone = nobody = 0
        groups: dict[str, int] = {}
        for conditions, count in zip(self.conditions, documents, strict=True):
            if not conditions:
                everyone += count
            elif not all(conditions):
                nobody += count
            else:
                for name in {name for names in conditions for name in names}:
                    groups[name] = groups.get(name, 0) + count
        return GroupCounts(everyone, nobody, dict(sorted(groups.items())))

    def write(self, folder: Path) -> None:
        """Write the files of `FILES` into the folder of a build."""
        rules = [{"paths": rule.paths, "groups": rule.groups} for rule in self.rules]
        record = {"rules": rules, "conditions": self.conditions}
        text = json.dumps(record, indent=1, ensure_ascii=False)
        (folder / RULES).write_text(text + "\n", "utf-8", errors="backslashreplace")
        save_rows(folder / NUMBERS, self.numbers)


def open_rights(folder: Path) -> Rights:
    """The rights of a build. Raises IndexDamaged."""
    try:
        record: dict[str, Any] = json.loads((folder / RULES).read_text("utf-8"))
        rules = tuple(
            AccessRule(tuple(rule["paths"]), tuple(rule["groups"])) for rule in record["rules"]
        )
        conditions = tuple(
            tuple(tuple(map(str, names)) for names in conditions)
            for conditions in record["conditions"]
        )
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise IndexDamaged(folder, f"{RULES} can't be read ({failure})") from failure
    numbers = open_rows(folder / NUMBERS)
    if numbers.ndim != 1 or not {*np.unique(numbers).tolist()} <= {*range(len(conditions))}:
        raise IndexDamaged(folder, f"{NUMBERS} does not fit {RULES}")
    return Rights(rules, conditions, numbers)
