"""What the market says: books, trades, candles, contexts. Prices and sizes are floats, made once at
the border, because strategies compute on them; nothing here ever becomes an order without passing
through `Instrument.round_px`.

`venue_ms` is the venue's clock, `received_ns` our monotonic one.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Final

import msgspec

from hive.domain.identifiers import Address, TradeId


class Side(Enum):
    """Which way, in the venue's letters: B buys (bid), A sells (ask)."""

    BUY = "B"
    SELL = "A"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        return Side.SELL if self is Side.BUY else Side.BUY


BUY: Final = Side.BUY
"""For hot paths: before Python 3.12 reaching a member through its class costs as much as adding two
Decimals."""

Px = Annotated[float, msgspec.Meta(gt=0, lt=1e15)]
"""A price in USD per coin. The bounds are checked where bytes are decoded: they shut out NaN,
infinity and nonsense, so nothing behind the border has to."""

Sz = Annotated[float, msgspec.Meta(ge=0, lt=1e18)]
"""A number of coins, or of USD; checked as `Px` is."""


class Level(msgspec.Struct, frozen=True, gc=False):
    """One price of a book: USD per coin, coins resting there, number of orders."""

    px: Px
    sz: Sz
    n: Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class Book(msgspec.Struct, frozen=True, gc=False):
    """Both sides of a coin's book, best price first. A side may be empty."""

    coin: str
    venue_ms: int
    received_ns: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]

    @property
    def mid_px(self) -> float | None:
        """The middle of the best prices; None if a side is empty."""
        if not self.bids or not self.asks:
            return None
        return (self.bids[0].px + self.asks[0].px) / 2


class Bbo(msgspec.Struct, frozen=True, gc=False):
    """Best bid and offer; None where that side of the book is empty."""

    coin: str
    venue_ms: int
    received_ns: int
    bid: Level | None
    ask: Level | None

    @property
    def mid_px(self) -> float | None:
        """The middle of the best prices; None if a side is empty."""
        if self.bid is None or self.ask is None:
            return None
        return (self.bid.px + self.ask.px) / 2


class Trade(msgspec.Struct, frozen=True, gc=False):
    """A public execution. `side` is the aggressor's. Key: (coin, venue_ms, trade_id)."""

    coin: str
    side: Side
    px: float
    sz: float
    venue_ms: int
    trade_id: TradeId
    buyer: Address
    seller: Address
    received_ns: int


class Candle(msgspec.Struct, frozen=True, gc=False):
    """Prices of one interval: [open_ms, open_ms + interval_ms). Volume in coins.

    `is_closed` tells a finished candle from one still forming.
    """

    coin: str
    interval_ms: int
    open_ms: int
    open_px: float
    high_px: float
    low_px: float
    close_px: float
    volume: float
    trades: int
    is_closed: bool

    @property
    def close_ms(self) -> int:
        """The first millisecond after the candle."""
        return self.open_ms + self.interval_ms


class CandleHistory(msgspec.Struct, frozen=True):
    """Closed candles that were not heard live, oldest first: a warm-up, or a healed gap."""

    coin: str
    interval_ms: int
    candles: tuple[Candle, ...]
    asked: int
    """How many were wanted. The venue may have fewer; nothing is made up to fill the rest."""


class Mids(msgspec.Struct, frozen=True, gc=False):
    """Every coin's mid price in USD, as the venue sent it."""

    px_by_coin: dict[str, float]
    received_ns: int


class AssetContext(msgspec.Struct, frozen=True, gc=False):
    """The venue's live numbers for an instrument. None where it has none (delisted, empty book)."""

    coin: str
    mark_px: float
    oracle_px: float | None
    mid_px: float | None
    funding_rate: float | None
    """Per hour."""
    open_interest: float | None
    """Coins."""
    premium: float | None
    previous_day_px: float
    day_notional_usd: float
    received_ns: int


class StreamCondition(Enum):
    """Whether a stream can be trusted now."""

    FRESH = "fresh"
    STALE = "stale"
    """Nothing was heard for longer than its cadence allows."""
    GAPPED = "gapped"
    """A span was missed and is being fetched again."""


class StreamGap(msgspec.Struct, frozen=True):
    """A span that a stream missed, by the venue's clock; `healed` once it was fetched again."""

    stream: str
    from_ms: int
    to_ms: int
    reason: str
    healed: bool


INTERVAL_MS_BY_NAME: Final[dict[str, int]] = {
    "1m": 60_000,
    "3m": 180_000,
    "5m": 300_000,
    "15m": 900_000,
    "30m": 1_800_000,
    "1h": 3_600_000,
    "2h": 7_200_000,
    "4h": 14_400_000,
    "8h": 28_800_000,
    "12h": 43_200_000,
    "1d": 86_400_000,
    "3d": 259_200_000,
    "1w": 604_800_000,
    "1M": 2_592_000_000,
}
"""The venue's candle intervals (protocol.md 1.1); 1M is counted as thirty days."""
