"""How fast actions are spent, so that they never run out and a minute's messages last a minute.

Actions of an address are a stock that only trading refills. Spent as asked for, it lasts a morning;
so what may go at once is a share of what is left, refilled at a rate that would take `horizon_ms`
to use it all. Every dollar traded adds one directly. As the stock shrinks so do both: quoting
coarsens by itself, and the stock is never used up. Cancels do not wait for any of this, but count.

Messages are a sliding minute's. Up to half of it they leave at once; beyond that they keep a
distance at which the other half lasts for the whole minute, so one second's haste is not paid for
with forty seconds of silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

MINUTE_MS: Final = 60_000


class Stock(Protocol):
    """The address budget, as far as pacing needs it."""

    @property
    def left(self) -> int: ...


class PaceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How thrifty to be."""

    horizon_ms: int = 2 * 3_600_000
    burst_share: float = 0.2
    """Of what is left, how much may go at once."""


USUAL_PACE: Final = PaceSettings()


class ActionPace:
    """How many actions may go now."""

    __slots__ = ("_allowance", "_at_ms", "_left", "_settings", "_stock")

    def __init__(self, stock: Stock, now_ms: int, settings: PaceSettings = USUAL_PACE) -> None:
        self._stock = stock
        self._settings = settings
        self._at_ms = now_ms
        self._left = stock.left
        self._allowance = stock.left * settings.burst_share

    def room(self, now_ms: int) -> int:
        """So many ordinary actions may go now."""
        self._refill(now_ms)
        return max(0, int(self._allowance))

    def spend(self, amount: int) -> None:
        """So many have gone, urgent or not; debts are paid off before the next ordinary one."""
        self._allowance -= amount
        self._left -= amount

    def wait_ms(self, now_ms: int) -> int:
        """Until one ordinary action may go, if nothing is traded meanwhile; 0 is now."""
        self._refill(now_ms)
        if self._allowance >= 1:
            return 0
        per_ms = max(self._stock.left, 1) / self._settings.horizon_ms
        return int((1 - self._allowance) / per_ms) + 1

    def _refill(self, now_ms: int) -> None:
        left = self._stock.left
        earned = max(0, left - self._left)
        passed_ms = max(0, now_ms - self._at_ms)
        gained = earned + passed_ms * left / self._settings.horizon_ms
        self._allowance = min(left * self._settings.burst_share, self._allowance + gained)
        self._left = left
        self._at_ms = now_ms


class MessagePace:
    """When the next message may go, given how full the minute is."""

    __slots__ = ("_at_most", "_cap", "_ready_ms")

    def __init__(self, cap_per_min: int) -> None:
        assert cap_per_min > 0
        self._cap = cap_per_min
        self._at_most = 0
        """No more were in the minute when it was last looked at, ours since then added."""
        self._ready_ms = 0

    def wait_ms(self, now_ms: int) -> int:
        """Until an ordinary message may go; 0 is now."""
        return max(0, self._ready_ms - now_ms)

    def sent(self, now_ms: int, used: Callable[[int], int]) -> None:
        """One of ours has gone; `used` counts the minute's messages, if it has to be asked."""
        self._at_most += 1
        if self._at_most * 2 <= self._cap:
            return
        self._at_most = used(now_ms)
        if self._at_most * 2 > self._cap:
            distance_ms = -(-2 * MINUTE_MS // self._cap)
            self._ready_ms = max(self._ready_ms, now_ms) + distance_ms


class Throttle:
    """Waits after the venue refused us for going too fast; longer each time in a row."""

    FIRST_MS: Final = 2_000
    LONGEST_MS: Final = 60_000
    FORGIVEN_MS: Final = 60_000
    """So long without a refusal, and the next one counts as the first again."""

    __slots__ = ("_until_ms", "_wait_ms")

    def __init__(self) -> None:
        self._wait_ms = 0
        self._until_ms = 0

    def refused(self, now_ms: int) -> None:
        is_forgiven = now_ms - self._until_ms > self.FORGIVEN_MS
        again_ms = self.FIRST_MS if is_forgiven or not self._wait_ms else self._wait_ms * 2
        self._wait_ms = min(again_ms, self.LONGEST_MS)
        self._until_ms = now_ms + self._wait_ms

    def wait_ms(self, now_ms: int) -> int:
        """Until anything ordinary may go; 0 is now."""
        return max(0, self._until_ms - now_ms)
