"""What was spent within the last minute, exactly, as the venue counts it."""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

MINUTE_MS: Final = 60_000
NEVER_MS: Final = 2**63


class WindowSnapshot(msgspec.Struct, frozen=True):
    """How full a window is."""

    used: int
    cap: int
    refused: int
    """How often `admits` has said no."""


class SlidingWindow:
    """At most `cap` units in any `span_ms`; ordinary spenders leave `reserve` to urgent ones.

    Exact: what was spent is forgotten unit by unit, each `span_ms` after it was spent. Holds at
    most one entry per distinct millisecond, so at most `span_ms` of them.
    """

    __slots__ = ("_cap", "_forget_ms", "_refused", "_reserve", "_span_ms", "_spent", "_used")

    def __init__(self, cap: int, *, reserve: int = 0, span_ms: int = MINUTE_MS) -> None:
        assert 0 <= reserve < cap
        self._cap = cap
        self._reserve = reserve
        self._span_ms = span_ms
        self._spent: deque[tuple[int, int]] = deque()
        self._forget_ms = NEVER_MS
        """When the oldest that was spent is to be forgotten."""
        self._used = 0
        self._refused = 0

    def admits(self, amount: int, now_ms: int, *, urgent: bool = False) -> bool:
        """Whether `amount` may be spent now."""
        if self._forget_ms <= now_ms:
            self._forget(now_ms)
        if self._used + amount <= (self._cap if urgent else self._cap - self._reserve):
            return True
        self._refused += 1
        return False

    def spend(self, amount: int, now_ms: int) -> None:
        """Count `amount`, admitted or not: what has left has left."""
        assert amount >= 0
        if self._forget_ms <= now_ms:
            self._forget(now_ms)
        if self._spent and self._spent[-1][0] >= now_ms:
            at_ms, before = self._spent[-1]
            self._spent[-1] = (at_ms, before + amount)
        else:
            self._spent.append((now_ms, amount))
            self._forget_ms = min(self._forget_ms, now_ms + self._span_ms)
        self._used += amount

    def wait_ms(self, amount: int, now_ms: int, *, urgent: bool = False) -> int:
        """How long until `amount` is admitted if nobody else spends; 0 is now.

        An amount above the whole cap is admitted never; it gets the wait for an empty window.
        """
        self._forget(now_ms)
        excess = self._used + min(amount, self._limit(urgent)) - self._limit(urgent)
        if excess <= 0:
            return 0
        for at_ms, spent in self._spent:
            excess -= spent
            if excess <= 0:
                return at_ms + self._span_ms - now_ms
        return 0

    @property
    def last_ms(self) -> int:
        """When something was spent last; 0 before."""
        return self._spent[-1][0] if self._spent else 0

    def used(self, now_ms: int) -> int:
        """How much was spent within the span."""
        self._forget(now_ms)
        return self._used

    def is_filled(self, part: float, now_ms: int) -> bool:
        """Whether more than that part of the cap is used."""
        if self._used <= self._cap * part:
            return False
        self._forget(now_ms)
        return self._used > self._cap * part

    def even_distance_ms(self, part_max: float, now_ms: int) -> float:
        """The least distance that units can keep for good, if that part of the cap is to be used.

        No haste now is then paid for with silence before what was spent is forgotten.
        """
        self._forget(now_ms)
        room, distance_ms = self._cap * part_max - self._used, 0.0
        for at_ms, spent in self._spent:
            free_ms = at_ms + self._span_ms - now_ms
            distance_ms = max(distance_ms, free_ms / max(1, room + 1))
            room += spent
        return distance_ms

    def snapshot(self, now_ms: int) -> WindowSnapshot:
        self._forget(now_ms)
        return WindowSnapshot(self._used, self._cap, self._refused)

    def _limit(self, urgent: bool) -> int:
        return self._cap if urgent else self._cap - self._reserve

    def _forget(self, now_ms: int) -> None:
        spent = self._spent
        while spent and spent[0][0] + self._span_ms <= now_ms:
            self._used -= spent.popleft()[1]
        self._forget_ms = spent[0][0] + self._span_ms if spent else NEVER_MS
        assert self._used >= 0
