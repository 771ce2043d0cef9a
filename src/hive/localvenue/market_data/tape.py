"""What traded in a coin: the last trades, a day's volume, its candles."""

from __future__ import annotations

from collections import deque
from decimal import Decimal
from typing import Final

from hive.localvenue.clearing.news import TradeRow
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.market_data.candles import CandleStore
from hive.localvenue.units import divided, usd_of

TRADES_KEPT: Final = 500
HOURS_A_DAY: Final = 24
HOUR_MS: Final = 3_600_000


class Tape:
    """One coin's tape. Volumes begin with the recorded day and lose it hour by hour."""

    def __init__(self, listing: Listing, candles: CandleStore, now_ms: int) -> None:
        self.candles = candles
        self.trades: deque[TradeRow] = deque(maxlen=TRADES_KEPT)
        day_usd = _usd_of_text(listing.recorded.get("dayNtlVlm") or "0")
        day_size = round(float(listing.recorded.get("dayBaseVlm") or 0) * listing.size_scale)
        previous_px = listing.recorded_px("prevDayPx")
        self._hour = now_ms // HOUR_MS
        self._hours_usd = deque([divided(day_usd, HOURS_A_DAY)] * HOURS_A_DAY, HOURS_A_DAY)
        self._hours_size = deque([divided(day_size, HOURS_A_DAY)] * HOURS_A_DAY, HOURS_A_DAY)
        self._hours_px = deque([previous_px] * HOURS_A_DAY, HOURS_A_DAY)

    def trade(self, trade: TradeRow) -> None:
        self.roll(trade.ms, trade.px)
        self.trades.append(trade)
        self._hours_usd[-1] += trade.listing.usd_of(trade.px * trade.size)
        self._hours_size[-1] += trade.size
        self.candles.trade(trade.px, trade.size, trade.ms)

    def roll(self, now_ms: int, px: int) -> None:
        """Let hours pass; `px` is the price at the end of each."""
        for _ in range(min(now_ms // HOUR_MS - self._hour, HOURS_A_DAY)):
            self._hours_usd.append(0)
            self._hours_size.append(0)
            self._hours_px.append(px)
        self._hour = now_ms // HOUR_MS

    @property
    def day_usd(self) -> int:
        return sum(self._hours_usd)

    @property
    def day_size(self) -> int:
        return sum(self._hours_size)

    @property
    def previous_day_px(self) -> int:
        """The price a day ago, to the hour."""
        return self._hours_px[0]


def _usd_of_text(text: str) -> int:
    """Money from recorded text, which may carry more than six decimals."""
    return usd_of(Decimal(text))
