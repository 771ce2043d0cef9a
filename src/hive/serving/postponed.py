"""What is to be done later, in the order it falls due."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

Act = Callable[[], None]


class Postponed:
    """A heap of things to do. It is told the present time by whoever owns it."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms
        self._due: list[tuple[int, int, Act]] = []
        self._number = 0

    def later(self, ms: int, act: Act) -> None:
        """Do it in so many milliseconds; of two that fall due together the first comes first."""
        self._number += 1
        heappush(self._due, (self.now_ms + ms, self._number, act))

    def release(self) -> None:
        """Do what is due."""
        while self._due and self._due[0][0] <= self.now_ms:
            heappop(self._due)[2]()

    @property
    def next_ms(self) -> int | None:
        return self._due[0][0] if self._due else None
