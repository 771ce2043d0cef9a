"""Markets from the past: recorded events at the pace they came, moved to the present.

The venue's time is the present, because clients sign with it; the first event of a recording comes
at the opening and every other one as much later as it came then. When nothing is left, nothing is
quoted any more: a book that stands still for ever would be an invitation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hive.localvenue.markets.feed import NEVER_MS, FeedCounts, FeedMarkets
from hive.localvenue.markets.feed_events import FeedEvent, FeedGap
from hive.localvenue.markets.ports import TradingFloor
from hive.localvenue.markets.recordings import Recorded


class ReplayMarkets:
    """Behind `Markets`. `events` are in the order they came."""

    def __init__(
        self,
        opening_px: Mapping[str, float],
        events: Iterator[Recorded],
        *,
        hold_ms: int,
    ) -> None:
        self._feed = FeedMarkets(opening_px, hold_ms=hold_ms)
        self._events = events
        self._next: Recorded | None = next(events, None)
        self._moved_ms = 0
        self._last_event: FeedEvent | None = None
        self.is_over = False

    @property
    def coins(self) -> list[str]:
        return self._feed.coins

    @property
    def counts(self) -> FeedCounts:
        return self._feed.counts

    def open(self, floor: TradingFloor, now_ms: int) -> None:
        self._feed.open(floor, now_ms)
        if self._next is not None:
            self._moved_ms = now_ms - self._next.came_ms

    def advance(self, now_ms: int) -> None:
        while self._next is not None and self._due_ms(self._next) <= now_ms:
            self._last_event = self._next.event
            self._feed.take(self._next.event, self._due_ms(self._next))
            self._next = next(self._events, None)
        if self._next is None and not self.is_over:
            self.is_over = True
            last_ms = 0 if self._last_event is None else self._last_event.ms
            self._feed.take(FeedGap("", last_ms + 1, "the recording is over"), now_ms)
        self._feed.advance(now_ms)

    def next_deadline_ms(self) -> int:
        coming_ms = NEVER_MS if self._next is None else self._due_ms(self._next)
        return min(coming_ms, self._feed.next_deadline_ms())

    def oracle_px(self, coin: str) -> float:
        return self._feed.oracle_px(coin)

    def mark_px(self, coin: str) -> float | None:
        return self._feed.mark_px(coin)

    def _due_ms(self, recorded: Recorded) -> int:
        return recorded.came_ms + self._moved_ms
