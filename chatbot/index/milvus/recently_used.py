"""A cache of what was fetched from Milvus; it keeps the most recently used items."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class RecentlyUsed(Generic[K, V]):
    """A cache of at most `most` values; safe to use from several threads.

    `fetch` gets all keys that are missing at once, and returns a value for each.
    """

    def __init__(self, most: int, fetch: Callable[[list[K]], Mapping[K, V]]) -> None:
        self._most = most
        self._fetch = fetch
        self._values: OrderedDict[K, V] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, keys: Iterable[K]) -> dict[K, V]:
        """The value of each key."""
        keys = list(dict.fromkeys(keys))
        with self._changing:
            found = {key: self._values[key] for key in keys if key in self._values}
        missing = [key for key in keys if key not in found]
        if missing:
            found |= self._fetch(missing)
        with self._changing:
            for key, value in found.items():
                self._values[key] = value
                self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return found
