"""Where candles begin and end: at whole multiples of their interval, but months by the calendar.

Multiples count from 1 January 1970, so weeks begin on Thursdays, as they do on the real venue. How
it cuts months is not known.
"""

from __future__ import annotations

from typing import Final

from hive.domain.market import INTERVAL_MS_BY_NAME
from hive.localvenue.clock.utc_days import DAY_MS, day_of, month_start, next_month_start

MONTH: Final = "1M"
MONTH_MS_MAX: Final = 31 * DAY_MS


class CandleGrid:
    """The cuts of one interval."""

    __slots__ = ("_is_by_month", "_span_ms", "span_ms_max")

    def __init__(self, interval: str) -> None:
        self._is_by_month = interval == MONTH
        self._span_ms = INTERVAL_MS_BY_NAME[interval]
        self.span_ms_max = MONTH_MS_MAX if self._is_by_month else self._span_ms
        """The longest candle."""

    def open_ms(self, ms: int) -> int:
        """When the candle opens in which a time lies."""
        if self._is_by_month:
            return month_start(day_of(ms)) * DAY_MS
        return ms - ms % self._span_ms

    def span_ms(self, open_ms: int) -> int:
        """How long the candle is that opens there."""
        if self._is_by_month:
            return next_month_start(day_of(open_ms)) * DAY_MS - open_ms
        return self._span_ms
