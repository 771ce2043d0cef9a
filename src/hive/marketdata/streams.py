"""What is true of a stream: can it be trusted, what was missed, which trades were told already.

The venue numbers nothing and repeats itself: after every subscribe the `trades` channel begins with
the last twenty seconds or so (protocol.md 3.3). So a trade is known by (coin, time, trade id), and
the same repetition proves that nothing was missed, when it reaches back to what was heard before.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from hive.domain.identifiers import TradeId
from hive.domain.market import StreamCondition, StreamGap, Trade

TRADES_KEPT_MAX: Final = 1_000
TRADES_KEPT_MS: Final = 60_000
"""Longer than the venue's repetition, so that none of it is taken for new."""

GAPS_KEPT_MAX: Final = 256
CLOCK_WINDOW_MS: Final = 600_000

_NEVER: Final = 2**62

_SEVERITY: Final = {
    StreamCondition.FRESH: 0,
    StreamCondition.GAPPED: 1,
    StreamCondition.STALE: 2,
}


def worst(conditions: Iterable[StreamCondition]) -> StreamCondition:
    """The least trustworthy of them; STALE when there is none at all."""
    return max(conditions, key=_SEVERITY.__getitem__, default=StreamCondition.STALE)


class StreamHealth:
    """Whether one stream can be trusted now. It begins STALE: nothing was heard yet."""

    __slots__ = ("_is_gapped", "_is_heard")

    def __init__(self) -> None:
        self._is_heard = False
        self._is_gapped = False

    @property
    def condition(self) -> StreamCondition:
        if not self._is_heard:
            return StreamCondition.STALE
        return StreamCondition.GAPPED if self._is_gapped else StreamCondition.FRESH

    @property
    def is_fresh(self) -> bool:
        """Whether the condition is FRESH."""
        return self._is_heard and not self._is_gapped

    def heard(self) -> None:
        """Something arrived."""
        self._is_heard = True

    def fell_silent(self) -> None:
        """Nothing was heard for longer than the stream's cadence allows."""
        self._is_heard = False

    def missed(self) -> None:
        """A span was missed and is being made good."""
        self._is_gapped = True

    def made_good(self) -> None:
        """What was missed was fetched again, or is known to be lost for good."""
        self._is_gapped = False


class GapLog:
    """The spans that streams missed: all counted, the last `GAPS_KEPT_MAX` kept."""

    def __init__(self) -> None:
        self._gaps: deque[StreamGap] = deque(maxlen=GAPS_KEPT_MAX)
        self.gaps = 0
        self.unhealed = 0

    def record(self, gap: StreamGap) -> None:
        self.gaps += 1
        self.unhealed += not gap.healed
        self._gaps.append(gap)

    def recent(self) -> tuple[StreamGap, ...]:
        """Oldest first."""
        return tuple(self._gaps)


class VenueClock:
    """What time it is at the venue, told from what it sends: neither our wall nor its steps matter.

    A message stamped T that arrives now proves that it is at least T there. The largest lead of
    such stamps over our monotonic clock, in the last ten to twenty minutes, is the best proof we
    have; it errs by the fastest message's journey, and always to the late side.
    """

    def __init__(self) -> None:
        self._lead_ms: int | None = None
        self._older_lead_ms: int | None = None
        self._window_end_ms = 0

    def heard(self, venue_ms: int, monotonic_ms: int) -> None:
        """A message with the venue's stamp arrived."""
        lead_ms = venue_ms - monotonic_ms
        if monotonic_ms >= self._window_end_ms:
            self._older_lead_ms, self._lead_ms = self._lead_ms, lead_ms
            self._window_end_ms = monotonic_ms + CLOCK_WINDOW_MS
        elif self._lead_ms is None or lead_ms > self._lead_ms:
            self._lead_ms = lead_ms

    def now_ms(self, monotonic_ms: int) -> int | None:
        """The venue's time, epoch milliseconds; None before anything was heard."""
        if self._lead_ms is None:
            return None
        if self._older_lead_ms is None:
            return monotonic_ms + self._lead_ms
        return monotonic_ms + max(self._lead_ms, self._older_lead_ms)


class NewTrades(msgspec.Struct, frozen=True):
    """What a frame of trades brought."""

    trades: tuple[Trade, ...]
    """Those not told before, oldest first."""
    restarted_at_ms: int | None
    """Set when this frame begins a new unbroken run that does not join the one before."""
    joined: bool
    """It was the first frame after a gap, and it reaches back to what was heard before."""


class TradeRun:
    """One coin's trades without repetition, and since when they are complete."""

    def __init__(self, coin: str) -> None:
        self._coin = coin
        self._kept: OrderedDict[tuple[int, TradeId], Trade] = OrderedDict()
        """In the venue's order; a plain dict would be slow to empty at its front."""
        self._newest_ms = -1
        self._forgotten_ms = -1
        """Trades up to here are no longer told apart; they count as heard."""
        self._complete_from_ms: int = _NEVER
        self._awaits_first_frame = True
        self.repeated = 0

    @property
    def is_running(self) -> bool:
        """Every trade is being heard."""
        return not self._awaits_first_frame

    @property
    def complete_from_ms(self) -> int | None:
        """Every trade stamped from here on was heard; None while that is not known."""
        return None if self._awaits_first_frame else self._complete_from_ms

    @property
    def kept_from_ms(self) -> int | None:
        """Every trade stamped from here on is in `kept`; None while nothing is known."""
        if self._awaits_first_frame:
            return None
        return max(self._complete_from_ms, self._forgotten_ms + 1)

    @property
    def newest_ms(self) -> int | None:
        """The stamp of the last trade heard; None before the first."""
        return None if self._newest_ms < 0 else self._newest_ms

    def kept(self) -> tuple[Trade, ...]:
        """The last trades, oldest first: at most `TRADES_KEPT_MAX`, within `TRADES_KEPT_MS`."""
        return tuple(self._kept.values())

    def broke(self) -> None:
        """The stream was interrupted: what comes next may not join what was heard."""
        self._awaits_first_frame = True

    def begin(self, now_ms: int) -> bool:
        """No first frame came in good time: take it that a run begins now (the venue's time).

        Returns whether that was needed.
        """
        if not self._awaits_first_frame:
            return False
        self._awaits_first_frame = False
        self._complete_from_ms = max(now_ms, self._newest_ms + 1)
        return True

    def accept(self, frame: Sequence[Trade]) -> NewTrades:
        """Take a frame of trades of this coin."""
        ordered = _oldest_first(frame)
        new = tuple(trade for trade in ordered if self._is_new(trade))
        self.repeated += len(ordered) - len(new)
        restarted_at_ms = None
        joined = False
        if self._awaits_first_frame and ordered:
            self._awaits_first_frame = False
            joined = self._joins(ordered)
            if not joined:
                # The oldest millisecond of the repetition may be cut in half.
                restarted_at_ms = self._complete_from_ms = ordered[0].venue_ms + 1
        for trade in new:
            self._keep(trade)
        return NewTrades(new, restarted_at_ms, joined)

    def _joins(self, ordered: Sequence[Trade]) -> bool:
        if self._complete_from_ms == _NEVER:
            return False
        return ordered[0].venue_ms < self._newest_ms or not self._is_new(ordered[0])

    def _is_new(self, trade: Trade) -> bool:
        if trade.venue_ms <= self._forgotten_ms:
            return False
        return (trade.venue_ms, trade.trade_id) not in self._kept

    def _keep(self, trade: Trade) -> None:
        assert trade.coin == self._coin, "a trade of another coin"
        self._kept[trade.venue_ms, trade.trade_id] = trade
        self._newest_ms = max(self._newest_ms, trade.venue_ms)
        horizon_ms = self._newest_ms - TRADES_KEPT_MS
        while self._kept:
            oldest = next(iter(self._kept))
            if len(self._kept) <= TRADES_KEPT_MAX and oldest[0] >= horizon_ms:
                break
            del self._kept[oldest]
            self._forgotten_ms = max(self._forgotten_ms, oldest[0])


def _oldest_first(frame: Sequence[Trade]) -> Sequence[Trade]:
    """The frame in the venue's order: by time, and within a millisecond as it was sent."""
    if len(frame) < 2:
        return frame
    if frame[0].venue_ms > frame[-1].venue_ms:
        frame = frame[::-1]  # newest first, as REST answers
    return sorted(frame, key=_venue_ms)


def _venue_ms(trade: Trade) -> int:
    return trade.venue_ms
