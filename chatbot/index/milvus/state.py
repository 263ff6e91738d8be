"""The state of an index in Milvus: which builds it has, which is in service, who is writing.

The state is one small entity, so that replacing it publishes a build whole or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from chatbot.errors import IndexBusy, IndexMismatch
from chatbot.index.milvus.connection import Connection
from chatbot.index.milvus.stored_files import StoredFiles

FORMAT: Final = 1
_STATE: Final = "state"
_LOCK: Final = "lock"
# A writer that is killed blocks the writers of other machines so long; clocks may differ a little.
_LEASE_SECONDS: Final = 60.0
# Two writers that find the lock free at the same time both write; then the later one has it.
_SETTLING_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class BuildEntry:
    """A build: its name, its number in this index, and the collection with its passages."""

    name: str
    number: int
    passages: str


@dataclass(frozen=True, slots=True)
class State:
    """The builds of an index, oldest first.

    `dropped` are builds that nobody may open any more, but whose entities may still be there.
    `last_doc` is the highest number of a document, and `last_build` that of a build.
    """

    current: str = ""
    builds: tuple[BuildEntry, ...] = ()
    dropped: tuple[BuildEntry, ...] = ()
    last_build: int = 0
    last_doc: int = 0
    format: int = FORMAT

    def entry(self, name: str) -> BuildEntry | None:
        """The kept build with this name."""
        return next((entry for entry in self.builds if entry.name == name), None)

    def around(self, name: str) -> tuple[list[str], list[str]]:
        """The names of the builds before and after one."""
        names = [entry.name for entry in self.builds]
        position = names.index(name) if name in names else len(names)
        return names[:position], names[position + 1 :]


class StateFile:
    """The state of an index, and its lock."""

    def __init__(self, connection: Connection, files: StoredFiles) -> None:
        self._address = connection.address
        self._files = files

    def read(self, *, fresh: bool = False) -> State | None:
        """The state; None if nothing was published. Raises IndexMismatch."""
        fields = self._load(_STATE, fresh=fresh) if self._files.exist() else None
        if fields is None:
            return None
        if fields["format"] != FORMAT:
            raise IndexMismatch(str(self._address), "format", fields["format"], FORMAT)
        for name in ("builds", "dropped"):
            fields[name] = tuple(BuildEntry(**entry) for entry in fields[name])
        return State(**fields)

    def write(self, state: State, *, before: State) -> None:
        """Replace the state. Raises IndexBusy if another writer has replaced the one before."""
        if (self.read(fresh=True) or State()) != before:
            raise self._busy()
        self._store(_STATE, asdict(state))

    @contextmanager
    def writing(self, owner: str) -> Iterator[tuple[State, Callable[[], None]]]:
        """Lock the index; the state, and a function to call now and then to keep the lock.

        `owner` names a folder of a machine that lets one process in at a time, so its earlier lock
        belongs to a process that died. Raises IndexBusy.
        """
        self._files.create()
        self._take(owner)
        renewed = time.monotonic()

        def keep() -> None:
            nonlocal renewed
            if time.monotonic() - renewed > _LEASE_SECONDS / 4:
                # A lock that ran out in a long request may be taken again.
                if self._holder() not in ("", owner):
                    raise self._busy()
                self._lock(owner, _LEASE_SECONDS)
                renewed = time.monotonic()

        try:
            yield self.read(fresh=True) or State(), keep
        finally:
            self._lock("", 0)

    def _take(self, owner: str) -> None:
        if self._holder() not in ("", owner):
            raise self._busy()
        self._lock(owner, _LEASE_SECONDS)
        time.sleep(_SETTLING_SECONDS)
        if self._holder() != owner:
            raise self._busy()

    def _busy(self) -> IndexBusy:
        return IndexBusy(str(self._address))

    def _holder(self) -> str:
        """The owner of the lock, or an empty text if it is free."""
        fields = self._load(_LOCK, fresh=True) or {"owner": "", "until": 0}
        return str(fields["owner"]) if fields["until"] > time.time() else ""

    def _lock(self, owner: str, seconds: float) -> None:
        self._store(_LOCK, {"owner": owner, "until": time.time() + seconds})

    def _load(self, name: str, *, fresh: bool) -> dict[str, Any] | None:
        content = self._files.get(name, fresh=fresh)
        return None if content is None else json.loads(content)

    def _store(self, name: str, fields: dict[str, Any]) -> None:
        self._files.put({name: json.dumps(fields).encode()}, build=0)


def published(state: State, entry: BuildEntry, *, last_doc: int, keep: int) -> State:
    """The state with another build, in service; the oldest beyond `keep` are dropped."""
    builds = (*state.builds, entry)
    return replace(
        state,
        current=entry.name,
        builds=builds[-keep:],
        dropped=(*state.dropped, *builds[:-keep]),
        last_build=max(state.last_build, entry.number),
        last_doc=last_doc,
    )
