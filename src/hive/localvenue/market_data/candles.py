"""Candles of one coin: kept by the minute and by the hour, every other interval is made of these.

History from before the venue opened is a seeded walk that ends at the opening price: hours first,
then minutes up to the opening. Hours are made of the minutes where there are minutes, so a client
that aggregates candles gets the venue's own. The walk is made when somebody first asks for candles:
of hundreds of coins most are never asked about.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from math import exp, sqrt
from typing import Final

import msgspec

from hive.localvenue.market_data.candle_grids import CandleGrid

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
CANDLES_MAX: Final = 5_000
"""The venue keeps so many per interval (protocol.md 1.1)."""

Uniform = Callable[[], float]


class Bar(msgspec.Struct, frozen=True):
    """A candle in the coin's units, from `open_ms` on."""

    open_ms: int
    span_ms: int
    open_px: int
    close_px: int
    high_px: int
    low_px: int
    volume: int
    trades: int


class HistoryShape(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk into the past looks like."""

    minutes: int = 2_880
    hours: int = 720
    """Before the minutes."""
    volatility_bps: float = 10.0
    """Of a minute."""
    px_step: int = 1
    """Prices are whole multiples of this."""
    trades_per_minute: float = 60.0
    volume_per_minute: float = 10.0
    """In the coin's units of size."""


class CandleStore:
    """One coin's candles."""

    def __init__(
        self, opening_px: int, opened_ms: int, shape: HistoryShape, uniform: Uniform
    ) -> None:
        opening_ms = _floor(opened_ms, MINUTE_MS)
        self._walk: Callable[[], list[Bar]] | None = partial(
            _history, opening_px, opening_ms, shape, uniform
        )
        self._unsorted: deque[Bar] = deque(maxlen=CANDLES_MAX)
        """Minutes that closed before the walk was made."""
        self._minutes: deque[Bar] = deque(maxlen=CANDLES_MAX)
        self._hours: deque[Bar] = deque(maxlen=CANDLES_MAX)
        # The hour and minute that are forming; the hour is without its forming minute.
        self._hour: Bar | None = None
        self._minute = _quiet(opening_ms, opening_px)
        self._last_px = opening_px

    def trade(self, px: int, size: int, ms: int) -> None:
        self.roll(ms)
        now = self._minute
        self._minute = Bar(
            now.open_ms,
            MINUTE_MS,
            now.open_px if now.trades else px,
            px,
            max(now.high_px, px) if now.trades else px,
            min(now.low_px, px) if now.trades else px,
            now.volume + size,
            now.trades + 1,
        )
        self._last_px = px

    def roll(self, now_ms: int) -> None:
        """Close what time has closed. Minutes without a trade stand still at the last price."""
        open_ms = _floor(now_ms, MINUTE_MS)
        if open_ms <= self._minute.open_ms:
            return
        self._close(self._minute)
        skipped_from_ms = self._minute.open_ms + MINUTE_MS
        # After a long pause only what would be kept is made.
        for quiet_ms in range(
            max(skipped_from_ms, open_ms - CANDLES_MAX * MINUTE_MS), open_ms, MINUTE_MS
        ):
            self._close(_quiet(quiet_ms, self._last_px))
        self._minute = _quiet(open_ms, self._last_px)

    def current(self, interval: str, now_ms: int) -> Bar:
        """The candle that is forming."""
        self.roll(now_ms)
        self._look_back()
        grid = CandleGrid(interval)
        return list(self._grouped(grid, grid.open_ms(now_ms), now_ms))[-1]

    def between(self, interval: str, from_ms: int, to_ms: int, now_ms: int) -> list[Bar]:
        """Candles that open in [from, to], oldest first, the forming one included."""
        self.roll(now_ms)
        self._look_back()
        bars = self._grouped(CandleGrid(interval), from_ms, min(to_ms, now_ms))
        return list(deque(bars, maxlen=CANDLES_MAX))

    def _grouped(self, grid: CandleGrid, from_ms: int, to_ms: int) -> Iterator[Bar]:
        """Bars of that grid that open in [from, to]."""
        group: list[Bar] = []
        group_open_ms = 0
        for bar in self._sources(grid.span_ms_max, from_ms):
            open_ms = grid.open_ms(bar.open_ms)
            if open_ms < from_ms:
                continue
            if open_ms > to_ms:
                break
            if group and group_open_ms != open_ms:
                yield merged(group, group_open_ms, grid.span_ms(group_open_ms))
                group = []
            group_open_ms = open_ms
            group.append(bar)
        if group:
            yield merged(group, group_open_ms, grid.span_ms(group_open_ms))

    def _sources(self, span_ms_max: int, from_ms: int) -> Iterator[Bar]:
        closed = self._hours if span_ms_max >= HOUR_MS else self._minutes
        yield from _from(closed, from_ms - span_ms_max)
        if span_ms_max >= HOUR_MS and self._hour is not None:
            yield self._hour
        yield self._minute

    def _look_back(self) -> None:
        """Make the walk into the past, if that is still to be done."""
        if self._walk is None:
            return
        past, self._walk = self._walk(), None
        for bar in (*past, *self._unsorted):
            self._close(bar)
        self._unsorted.clear()

    def _close(self, bar: Bar) -> None:
        """Keep a finished minute, or an hour of which no minutes are known."""
        if self._walk is not None:
            self._unsorted.append(bar)
            return
        hour_ms = _floor(bar.open_ms, HOUR_MS)
        if self._hour is not None and self._hour.open_ms != hour_ms:
            self._hours.append(self._hour)
            self._hour = None
        if bar.span_ms == MINUTE_MS:
            self._minutes.append(bar)
        known = [bar] if self._hour is None else [self._hour, bar]
        self._hour = merged(known, hour_ms, HOUR_MS)


def merged(bars: list[Bar], open_ms: int, span_ms: int) -> Bar:
    """The candle from `open_ms` on that consecutive bars make."""
    first, last = bars[0], bars[-1]
    return Bar(
        open_ms,
        span_ms,
        first.open_px,
        last.close_px,
        max(bar.high_px for bar in bars),
        min(bar.low_px for bar in bars),
        sum(bar.volume for bar in bars),
        sum(bar.trades for bar in bars),
    )


def _quiet(open_ms: int, px: int) -> Bar:
    """A minute in which nobody traded."""
    return Bar(open_ms, MINUTE_MS, px, px, px, px, 0, 0)


def _floor(ms: int, span_ms: int) -> int:
    return ms - ms % span_ms


def _from(bars: deque[Bar], from_ms: int) -> Iterator[Bar]:
    """The bars that open at or after a time, oldest first; what is asked is usually recent."""
    recent = list(takewhile(lambda bar: bar.open_ms >= from_ms, reversed(bars)))
    return reversed(recent)


def _history(opening_px: int, opening_ms: int, shape: HistoryShape, uniform: Uniform) -> list[Bar]:
    """Hours, then minutes, that lead to the opening price; made backwards, told forwards."""
    bars: list[Bar] = []
    close_px, end_ms = opening_px, opening_ms
    for _ in range(shape.minutes):
        bars.append(_walked(close_px, end_ms - MINUTE_MS, MINUTE_MS, shape, uniform))
        close_px, end_ms = bars[-1].open_px, bars[-1].open_ms
    end_ms = _floor(end_ms, HOUR_MS)
    for _ in range(shape.hours):
        bars.append(_walked(close_px, end_ms - HOUR_MS, HOUR_MS, shape, uniform))
        close_px, end_ms = bars[-1].open_px, bars[-1].open_ms
    bars.reverse()
    return bars


def _walked(
    close_px: int, open_ms: int, span_ms: int, shape: HistoryShape, uniform: Uniform
) -> Bar:
    """A candle that ends at `close_px`."""
    minutes = span_ms / MINUTE_MS
    step = shape.volatility_bps * 1e-4 * sqrt(minutes)
    # Uniform draws have a twelfth of variance: the factor makes their deviation the wanted one.
    open_px = _stepped(close_px * exp(-step * sqrt(12) * (uniform() - 0.5)), shape.px_step)
    highest, lowest = max(open_px, close_px), min(open_px, close_px)
    high_px = max(highest, _stepped(highest * (1.0 + step * uniform() / 2), shape.px_step))
    low_px = min(lowest, _stepped(lowest * (1.0 - step * uniform() / 2), shape.px_step))
    busy = 0.3 + 1.4 * uniform()
    return Bar(
        open_ms,
        span_ms,
        open_px,
        close_px,
        high_px,
        low_px,
        max(1, round(shape.volume_per_minute * minutes * busy)),
        max(1, round(shape.trades_per_minute * minutes * busy)),
    )


def _stepped(px: float, step: int) -> int:
    return max(1, round(px / step)) * step
