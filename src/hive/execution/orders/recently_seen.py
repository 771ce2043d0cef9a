"""The last so many things that were seen, the oldest forgotten first.

A set that were cleared when full would, right after, take every replay for news; this one forgets
one thing for each it learns.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class RecentlySeen(Generic[K, V]):
    """A bounded first-in-first-out map.

    Age is kept in a queue beside the map: the oldest key of a dict that is always emptied at its
    front is found only past all that was deleted there.
    """

    __slots__ = ("_capacity", "_entries", "_oldest")

    def __init__(self, capacity: int) -> None:
        assert capacity > 0
        self._capacity = capacity
        self._entries: dict[K, V] = {}
        self._oldest: deque[K] = deque()

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> list[tuple[K, V]]:
        """Everything that is remembered, oldest first."""
        return [(key, self._entries[key]) for key in self._oldest]

    def get(self, key: K) -> V | None:
        return self._entries.get(key)

    def add(self, key: K, value: V) -> V | None:
        """Remember `key` unless it is here; what is remembered of it already, or None if new."""
        entries = self._entries
        known = entries.get(key)
        if known is not None:
            return known
        if len(entries) == self._capacity:
            del entries[self._oldest.popleft()]
        entries[key] = value
        self._oldest.append(key)
        return None
