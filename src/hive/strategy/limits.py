"""How much a strategy may go wrong before it is paused, by name, for the sake of the others."""

from __future__ import annotations

from collections import deque

import msgspec


class HostLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What the host allows each strategy. Times are milliseconds."""

    errors_max: int = 5
    """Exceptions within `errors_window_ms` after which a strategy is paused."""
    errors_window_ms: int = 60_000
    slow_handler_ms: int = 50
    """A handler that takes longer delays everybody; it is named each time it is seen."""
    slow_handlers_max: int = 5
    """So many slow ones seen within `errors_window_ms` pause the strategy."""
    refusals_max: int = 200
    """So many refused orders within `refusals_window_ms` are taken for a loop, and pause it."""
    refusals_window_ms: int = 1_000
    tasks_max: int = 16
    watches_max: int = 256
    strategies_max: int = 10_000


class FaultWindow:
    """Counts faults of one kind in a sliding window."""

    __slots__ = ("_at_ms", "_faults_max", "_window_ms")

    def __init__(self, faults_max: int, window_ms: int) -> None:
        assert faults_max > 0
        self._faults_max = faults_max
        self._window_ms = window_ms
        self._at_ms: deque[int] | None = None  # most strategies never need one

    def is_spent_by(self, now_ms: int) -> bool:
        """Book one more fault; True when it was one too many."""
        if self._at_ms is None:
            self._at_ms = deque(maxlen=self._faults_max)
        self._at_ms.append(now_ms)
        return len(self._at_ms) == self._faults_max and now_ms - self._at_ms[0] < self._window_ms

    def clear(self) -> None:
        """Forget: the strategy was resumed by somebody who knows."""
        self._at_ms = None
