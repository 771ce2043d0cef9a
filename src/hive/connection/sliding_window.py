"""What was spent within the last minute, as the venue counts it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import ceil
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
    """At most `cap` units in any `span_ms`; ordinary spenders leave a reserve to urgent ones.

    Nothing is forgotten before it is `span_ms` old, nor more than `grain_ms` later. Holds at most
    one entry per grain.

    What was spent in haste is forgotten in haste, and until then nothing comes free. With
    `urgent_part` ordinary spenders also leave so much that urgent ones can go on at an even pace,
    one unit every `urgent_every_ms`, for as long as that may last.
    """

    __slots__ = (
        "_cap",
        "_clear_ms",
        "_for_all",
        "_forget_ms",
        "_grain_ms",
        "_refused",
        "_reserve",
        "_span_ms",
        "_spent",
        "_used",
        "last_ms",
        "urgent_every_ms",
    )

    def __init__(
        self,
        cap: int,
        *,
        reserve: int | Callable[[], int] = 0,
        urgent_part: float = 0.0,
        span_ms: int = MINUTE_MS,
        grain_ms: int = 1,
    ) -> None:
        """`reserve` may change; it is asked for where less than `urgent_part` is left."""
        assert 0 <= urgent_part < 1
        self._cap = cap
        self._reserve = reserve if callable(reserve) else _always(reserve)
        assert 0 <= self._reserve() < cap
        self._for_all = cap - max(1, int(cap * urgent_part)) if urgent_part else 0
        """Up to here nobody has to look further."""
        held_ms_max = span_ms + grain_ms - 1
        self.urgent_every_ms = held_ms_max / (cap - self._for_all) if urgent_part else 0.0
        """How close together urgent units can always be spent; 0: no such promise is made."""
        self._span_ms = span_ms
        self._grain_ms = grain_ms
        self._spent: deque[list[int]] = deque()
        """When a grain ends, and how much was spent in it."""
        self._forget_ms = NEVER_MS
        """When the oldest that was spent is to be forgotten."""
        self._clear_ms: int | None = None
        """From when on urgent ones keep their pace if one more ordinary unit is spent; None is not
        known."""
        self._used = 0
        self._refused = 0
        self.last_ms = 0
        """When something was spent last; 0 before."""

    @property
    def cap(self) -> int:
        """As far as anybody may go."""
        return self._cap

    @property
    def ordinary_cap(self) -> int:
        """As far as ordinary spenders may go now."""
        return self._cap - self._reserve()

    def admits(self, amount: int, now_ms: int, *, urgent: bool = False) -> bool:
        """Whether `amount` may be spent now."""
        if self._forget_ms <= now_ms:
            self._forget(now_ms)
        after = self._used + amount
        if after <= self._for_all or (after <= self._cap and urgent):
            return True
        if not urgent and after <= self.ordinary_cap and not self._until_clear_ms(amount, now_ms):
            return True
        self._refused += 1
        return False

    def spend(self, amount: int, now_ms: int) -> None:
        """Count `amount`, admitted or not: what has left has left."""
        assert amount >= 0
        if self._forget_ms <= now_ms:
            self._forget(now_ms)
        self.last_ms = now_ms
        self._used += amount
        self._clear_ms = None
        spent = self._spent
        if spent and now_ms <= spent[-1][0]:
            spent[-1][1] += amount
            return
        end_ms = now_ms + self._grain_ms - 1
        if not spent:
            self._forget_ms = end_ms + self._span_ms
        spent.append([end_ms, amount])

    def unspend(self, amount: int) -> None:
        """So much of what was counted last has not left after all."""
        for grain in reversed(self._spent):
            part = min(amount, grain[1])
            grain[1] -= part
            self._used -= part
            amount -= part
            if not amount:
                break
        self._clear_ms = None

    def wait_ms(self, amount: int, now_ms: int, *, urgent: bool = False) -> int:
        """How long until `amount` is admitted if nobody else spends; 0 is now.

        An amount above the whole cap is admitted never; it gets the wait for an empty window.
        """
        self._forget(now_ms)
        limit = self._cap if urgent else self.ordinary_cap
        excess = self._used + min(amount, limit) - limit
        wait_ms = 0 if urgent else self._until_clear_ms(min(amount, limit), now_ms)
        if excess <= 0:
            return wait_ms
        for at_ms, spent in self._spent:
            excess -= spent
            if excess <= 0:
                return max(wait_ms, at_ms + self._span_ms - now_ms)
        return wait_ms

    def _until_clear_ms(self, amount: int, now_ms: int) -> int:
        """How long until urgent ones keep their pace although `amount` more is spent."""
        every_ms = self.urgent_every_ms
        if not every_ms:
            return 0
        if self._clear_ms is None or amount != 1:
            room, wait_ms = self._cap - self._used - amount, 0.0
            for at_ms, spent in self._spent:
                lacking_ms = at_ms + self._span_ms - now_ms - every_ms * room
                if lacking_ms > wait_ms:
                    wait_ms = lacking_ms
                room += spent
            clear_ms = now_ms + ceil(wait_ms)
            if amount != 1:
                return clear_ms - now_ms
            self._clear_ms = clear_ms
        return max(0, self._clear_ms - now_ms)

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

    def even_distance_ms(self, limit: int, now_ms: int) -> float:
        """The least distance that units can keep for good, if no more than that is to be used.

        No haste now is then paid for with silence before what was spent is forgotten.
        """
        self._forget(now_ms)
        room, distance_ms, from_ms = limit - self._used + 1, 0.0, now_ms - self._span_ms
        for at_ms, spent in self._spent:
            each_ms = (at_ms - from_ms) / room if room > 1 else at_ms - from_ms
            if each_ms > distance_ms:
                distance_ms = each_ms
            room += spent
        return distance_ms

    def snapshot(self, now_ms: int) -> WindowSnapshot:
        self._forget(now_ms)
        return WindowSnapshot(self._used, self._cap, self._refused)

    def _forget(self, now_ms: int) -> None:
        spent = self._spent
        while spent and spent[0][0] + self._span_ms <= now_ms:
            self._used -= spent.popleft()[1]
        self._forget_ms = spent[0][0] + self._span_ms if spent else NEVER_MS
        assert self._used >= 0


def _always(reserve: int) -> Callable[[], int]:
    return lambda: reserve
