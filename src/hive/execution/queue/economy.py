"""How fast actions are spent, so that they never run out and a minute's messages last a minute.

Actions of an address are a stock that only trading refills. Spent as asked for, it lasts a morning;
so what may go at once is a share of what is left, refilled at a rate that would take `horizon_ms`
to use it all. Every dollar traded adds one directly. As the stock shrinks so do both, and it is
never used up. A reserve stays for what reduces risk; cancels do not wait for any of this, but
count. Half of what may go at once is kept for strategies that have had less than their share.

What an action is worth decides too: moving a quote by a little is worth the less the shorter the
stock lasts, so small moves are held back (`Coarseness`).

Messages are a sliding minute's. Up to half of it they leave at once; beyond that they keep a
distance that can be kept for good, so one second's haste is not paid for with forty seconds of
silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from hive.connection.sliding_window import MINUTE_MS, SlidingWindow

COARSE: Final = "coarse"
"""So begins the reason of a move that was held back."""
DOUBLED_MAX: Final = 10
MINUTES_PER_HOUR: Final = 60.0
HOURS_PER_DAY: Final = 24.0


class Stock(Protocol):
    """The address budget, as far as pacing needs it."""

    @property
    def left(self) -> int: ...

    @property
    def reserve(self) -> int: ...


class PaceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How thrifty to be."""

    horizon_ms: int = 2 * 3_600_000
    burst_share: float = 0.2
    """Of what is left, how much may go at once."""
    reserve_horizon_ms: int = 20 * 24 * 3_600_000
    """The same for the reserve: an account that cannot trade would never refill its stock."""
    light_share: float = 0.5
    """Of what may go at once, how much is kept for those who have had less than their share."""
    exhausted_every_ms: int = 30_000
    """With nothing left the venue takes an action in ten seconds; ordinary ones use a third."""


USUAL_PACE: Final = PaceSettings()


class ActionPace:
    """How many actions may go now."""

    __slots__ = ("_allowance", "_at_ms", "_burst", "_burst_left", "_left", "_settings", "_stock")

    def __init__(self, stock: Stock, now_ms: int, settings: PaceSettings = USUAL_PACE) -> None:
        self._stock = stock
        self._settings = settings
        self._at_ms = now_ms
        self._left = self._burst_left = stock.left
        self._burst = self._allowance = self._burst_of(stock.left, stock.reserve)

    def rooms(self, now_ms: int) -> tuple[int, int]:
        """So many of those who have had more than their share, and so many of all."""
        self._refill(now_ms)
        allowance = self._allowance
        if allowance <= 0:
            return 0, 0
        heavy = int(allowance - self._kept())
        return (heavy if heavy > 0 else 0), int(allowance)

    def room_within(self, span_ms: int, *, is_heavy: bool) -> int:
        """So many may go within that time, if nothing is traded meanwhile."""
        free = self._allowance - (self._kept() if is_heavy else 0)
        return max(0, int(free + span_ms * self._per_ms(self._stock.left)))

    def spend(self, amount: int) -> None:
        """So many have gone, urgent or not; debts are paid off before the next ordinary one."""
        self._allowance -= amount
        self._left -= amount

    def set_aside(self, amount: int) -> None:
        """So many of those that trading adds are for its trader; fewer than 0 come from there."""
        self._allowance -= amount

    def wait_ms(self, now_ms: int) -> int:
        """Until one ordinary action may go, if nothing is traded meanwhile; 0 is now."""
        self._refill(now_ms)
        return self._until_ms(1)

    def heavy_wait_ms(self, now_ms: int) -> int:
        """Until one may go of those who have had more than their share."""
        self._refill(now_ms)
        return self._until_ms(self._kept() + 1)

    def _until_ms(self, wanted: float) -> int:
        if self._allowance >= wanted:
            return 0
        return int((wanted - self._allowance) / self._per_ms(self._stock.left)) + 1

    def _kept(self) -> float:
        """What is left to those who have had less than their share."""
        burst = self._burst
        kept = burst * self._settings.light_share
        return kept if kept < burst - 1 else burst - 1

    def _refill(self, now_ms: int) -> None:
        left, passed_ms = self._stock.left, now_ms - self._at_ms
        if left == self._burst_left and passed_ms <= 0:
            return  # asked a moment ago
        allowance = self._allowance
        if left > self._left:
            allowance += left - self._left
        if passed_ms > 0:
            allowance += passed_ms * self._per_ms(left)
            self._at_ms = now_ms
        burst = self._burst = self._burst_of(left, self._stock.reserve)
        self._allowance = allowance if allowance < burst else burst
        self._left = self._burst_left = left

    def _burst_of(self, left: int, reserve: int) -> float:
        burst = (left - reserve) * self._settings.burst_share
        return burst if burst > 1 else 1.0

    def _per_ms(self, left: int) -> float:
        settings = self._settings
        if not left:
            return 1 / settings.exhausted_every_ms
        ordinary = (left - self._stock.reserve) / settings.horizon_ms
        least = left / settings.reserve_horizon_ms
        return ordinary if ordinary > least else least


# --- what a move is worth ------------------------------------------------------------------------


class Coarseness:
    """How far a quote must have moved before moving it is worth an action.

    Nothing while the budget lasts a day or grows; then the more, the shorter it lasts.
    """

    CARELESS_HOURS: Final = HOURS_PER_DAY
    BPS_PER_HALVING: Final = 1
    """More for each time that the runway is half as long."""
    BPS_MAX: Final = 10
    LEARN_EVERY_MS: Final = 10_000

    __slots__ = ("_bps", "_forecast", "_learn_ms", "held_back")

    def __init__(self, forecast: Callable[[int], float | None]) -> None:
        """`forecast` tells in how many minutes the budget is used up; None is not at all."""
        self._forecast = forecast
        self._bps = 0
        self._learn_ms = 0
        self.held_back = 0
        """Moves that were not worth it."""

    def min_move_bps(self, now_ms: int) -> int:
        """A smaller move, in basis points of the price, is to be held back."""
        if now_ms >= self._learn_ms:
            self._learn_ms = now_ms + self.LEARN_EVERY_MS
            self._bps = self._bps_for(self._forecast(now_ms))
        return self._bps

    def _bps_for(self, minutes_left: float | None) -> int:
        if minutes_left is None:
            return 0
        hours, rest, bps = minutes_left / MINUTES_PER_HOUR, self.CARELESS_HOURS, 0
        while rest > hours and bps < self.BPS_MAX:
            rest /= 2
            bps += self.BPS_PER_HALVING
        return bps


def runway_text(minutes_left: float | None) -> str:
    """The forecast as people read it."""
    if minutes_left is None:
        return "not shrinking"
    hours = minutes_left / MINUTES_PER_HOUR
    if hours >= 2 * HOURS_PER_DAY:
        return f"{hours / HOURS_PER_DAY:.0f} d at this rate"
    if hours >= 1:
        return f"{hours:.0f} h at this rate"
    return f"{minutes_left:.0f} min at this rate"


# --- messages ------------------------------------------------------------------------------------


class MessagePace:
    """When the next message may go, given how full the minute is.

    Ordinary ones leave a reserve, and keep to a `part` of what that leaves them. Urgent ones use
    all, and wait no longer than the window promises.
    """

    __slots__ = ("_is_urgent", "_part", "_ready_ms", "_seen_ms", "_window")

    def __init__(
        self, window: SlidingWindow, part: float = 1.0, *, is_urgent: bool = False
    ) -> None:
        self._window = window
        self._part = part
        self._is_urgent = is_urgent
        self._seen_ms = -1
        self._ready_ms = 0

    def wait_ms(self, now_ms: int) -> int:
        """Until a message may go; 0 is now."""
        window = self._window
        if not window.is_filled(self._part / 2, now_ms):
            return 0
        if window.last_ms != self._seen_ms:
            self._seen_ms = window.last_ms
            self._ready_ms = self._seen_ms + int(self._distance_ms(now_ms))
        wait_ms = max(0, self._ready_ms - now_ms)
        return wait_ms if self._is_urgent else max(wait_ms, window.wait_ms(1, now_ms))

    def _distance_ms(self, now_ms: int) -> float:
        window = self._window
        if self._is_urgent:
            return min(window.even_distance_ms(window.cap, now_ms), window.urgent_every_ms)
        return window.even_distance_ms(int(window.ordinary_cap * self._part), now_ms)


class Throttle:
    """Goes slower after the venue refused us for going too fast.

    First it waits, longer each time in a row. Then messages that can wait go at half the rate at
    which they went, and twice as fast every `DOUBLED_EVERY_MS` for as long as nothing is refused.
    """

    FIRST_MS: Final = 2_000
    LONGEST_MS: Final = 60_000
    FORGIVEN_MS: Final = 60_000
    """So long without a refusal, and the next one counts as the first again."""
    DOUBLED_EVERY_MS: Final = 10_000
    DISTANCE_MS_MAX: Final = 2_000
    """However seldom something went before."""
    DISTANCE_MS_MIN: Final = 20
    """Closer than this, nothing is held back any more."""

    __slots__ = (
        "_distance_ms",
        "_free_ms",
        "_is_adaptive",
        "_per_minute",
        "_until_ms",
        "_wait_ms",
        "on_refusal",
        "refusals",
    )

    def __init__(self, per_minute: Callable[[int], int], *, is_adaptive: bool = True) -> None:
        """`per_minute` tells how many messages went in the last minute."""
        self._per_minute = per_minute
        self._is_adaptive = is_adaptive
        self._wait_ms = 0
        self._until_ms = 0
        self._distance_ms = 0.0
        """Between two messages, right after `_until_ms`; 0 while they keep none."""
        self._free_ms = 0
        """When the next may go."""
        self.refusals = 0
        self.on_refusal: Callable[[], None] = _nothing

    def refused(self, now_ms: int) -> None:
        self.refusals += 1
        self.on_refusal()
        if not self._is_adaptive or now_ms < self._until_ms:
            return  # what was on its way together is refused together
        usual_ms = MINUTE_MS / max(1, self._per_minute(now_ms))
        distance_ms = 2 * max(self._distance(now_ms), usual_ms)
        self._distance_ms = min(distance_ms, self.DISTANCE_MS_MAX)
        is_forgiven = now_ms - self._until_ms > self.FORGIVEN_MS
        again_ms = self.FIRST_MS if is_forgiven or not self._wait_ms else self._wait_ms * 2
        self._wait_ms = min(again_ms, self.LONGEST_MS)
        self._until_ms = self._free_ms = now_ms + self._wait_ms

    def sent(self, now_ms: int) -> None:
        """A message that could wait has gone."""
        if self._distance_ms:
            self._free_ms = max(self._free_ms, now_ms) + int(self._distance(now_ms))

    def wait_ms(self, now_ms: int) -> int:
        """Until anything ordinary may go; 0 is now."""
        return self._free_ms - now_ms if self._free_ms > now_ms else 0

    def _distance(self, now_ms: int) -> float:
        """What is left of it; halved again and again until it is forgotten."""
        doubled = max(0, now_ms - self._until_ms) // self.DOUBLED_EVERY_MS
        distance_ms: float = self._distance_ms / 2 ** min(doubled, DOUBLED_MAX)
        if distance_ms < self.DISTANCE_MS_MIN:
            self._distance_ms = distance_ms = 0.0
        return distance_ms


def _nothing() -> None: ...
