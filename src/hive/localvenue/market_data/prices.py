"""Oracle, mark, mid and impact prices of each coin (venue.md 3.1).

The oracle is what the markets say other venues agree on. The mark is the middle one of three: the
oracle with the usual distance of our own mid, the middle of bid, ask and last trade, and a 30 s
mean of that middle, which stands in for the perp prices of other venues. Both are taken anew every
three seconds. A coin that nobody quotes keeps its recorded prices.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import Final

from hive.localvenue.listings.catalog import Listing
from hive.localvenue.market_data.oracle_means import HourMean
from hive.localvenue.orders.books import Book, BookSide
from hive.localvenue.units import USD, divided, units_text

BASIS_MEAN_S: Final = 150.0
MIDDLE_MEAN_S: Final = 30.0
IMPACT_USD: Final = 6_000 * USD
IMPACT_USD_BY_COIN: Final = {"BTC": 20_000 * USD, "ETH": 20_000 * USD}
IMPACT_LEVELS_MAX: Final = 200
PREMIUM_SCALE: Final = 10**10
"""Premiums and rates are counted in units of their tenth decimal."""

OracleOf = Callable[[str], float]


class DecayingMean:
    """A mean in which a sample counts for as long as it lasted, and less the older it is."""

    __slots__ = ("_mean_s", "_time_s", "_weighted")

    def __init__(self, mean_s: float) -> None:
        self._mean_s = mean_s
        self._weighted = 0.0
        self._time_s = 0.0

    def take(self, sample: float, dt_s: float) -> float:
        """Add a sample that stood for `dt_s` seconds; the mean with it."""
        keep = exp(-dt_s / self._mean_s)
        self._weighted = self._weighted * keep + sample * dt_s
        self._time_s = self._time_s * keep + dt_s
        return self._weighted / self._time_s if self._time_s else sample


class CoinPrices:
    """One coin's prices, in its units."""

    __slots__ = ("_basis", "_hour", "_middle", "listing", "mark", "oracle", "previous_mark")

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.mark = self.previous_mark = listing.recorded_px("markPx")
        """The mark, and that of before the last update."""
        self.oracle = listing.recorded_px("oraclePx")
        self._hour = HourMean()
        self._basis = DecayingMean(BASIS_MEAN_S)
        self._middle = DecayingMean(MIDDLE_MEAN_S)

    def open_at(self, oracle_px: float) -> None:
        """Begin where the markets begin."""
        self.oracle = self.mark = self.previous_mark = self.listing.px_from_float(oracle_px)

    def update(self, book: Book, oracle_px: float, dt_s: float) -> None:
        """Take the oracle's new price, and the mark that follows from it and the book."""
        self._hour.take(self.oracle, round(dt_s * 1000))
        self.oracle = self.listing.px_from_float(oracle_px)
        self.previous_mark = self.mark
        doubled_mid = book.doubled_mid
        if not doubled_mid:
            return  # half a book has no middle: the mark waits
        bid, ask = book.top
        assert bid is not None
        assert ask is not None
        middle = sorted((bid.px, ask.px, book.last_px or bid.px))[1]
        if self.listing.pair is not None:
            self.mark = middle  # a spot pair has no oracle that its mark could follow
            return
        basis = self._basis.take(doubled_mid / 2 - self.oracle, dt_s)
        mean = self._middle.take(middle, dt_s)
        self.mark = max(1, round(sorted((self.oracle + basis, float(middle), mean))[1]))

    @property
    def settlement_px(self) -> int:
        """What positions would settle at: the oracle's mean of the last hour."""
        return self._hour.px(self.oracle)

    def impact_pxs(self, book: Book) -> tuple[int, int] | None:
        """What selling and buying the impact notional would get and cost on average."""
        notional = IMPACT_USD_BY_COIN.get(self.listing.coin, IMPACT_USD)
        sold = _impact_px(book.bids, notional)
        bought = _impact_px(book.asks, notional)
        return (sold, bought) if sold and bought else None

    def premium(self, book: Book) -> int | None:
        """How far the impact prices lie off the oracle, in units of the tenth decimal."""
        impact = self.impact_pxs(book)
        if impact is None:
            return None
        if self.listing.deployer is not None:  # builder dexes: the middle of both (venue.md 3.1)
            return divided((sum(impact) - 2 * self.oracle) * PREMIUM_SCALE, 2 * self.oracle)
        above = max(impact[0] - self.oracle, 0)
        below = max(self.oracle - impact[1], 0)
        return divided((above - below) * PREMIUM_SCALE, self.oracle)


class Prices:
    """Every coin's prices."""

    def __init__(self, books: dict[str, Book]) -> None:
        self._books = books
        self._by_coin = {coin: CoinPrices(book.listing) for coin, book in books.items()}
        self._updated_ms: int | None = None

    def of(self, coin: str) -> CoinPrices:
        return self._by_coin[coin]

    def add(self, book: Book) -> None:
        """A new coin; its book is in the venue's books already."""
        self._by_coin[book.listing.coin] = CoinPrices(book.listing)

    def mark(self, coin: str) -> int:
        return self._by_coin[coin].mark

    def oracle(self, coin: str) -> int:
        return self._by_coin[coin].oracle

    def previous_mark(self, coin: str) -> int:
        """That of before the last update."""
        return self._by_coin[coin].previous_mark

    def open_at(self, coins: list[str], oracle_of: OracleOf) -> None:
        for coin in coins:
            self._by_coin[coin].open_at(oracle_of(coin))

    def update(self, coins: list[str], oracle_of: OracleOf, now_ms: int) -> None:
        """Take new prices of the coins that have a market."""
        elapsed_ms = 0 if self._updated_ms is None else now_ms - self._updated_ms
        self._updated_ms = now_ms
        for coin in coins:
            self._by_coin[coin].update(self._books[coin], oracle_of(coin), elapsed_ms / 1000)

    def follow(self, coins: list[str], mark_of: Callable[[str], float | None]) -> None:
        """Take another venue's marks, where they are known."""
        for coin in coins:
            mark_px = mark_of(coin)
            if mark_px is not None:
                prices = self._by_coin[coin]
                prices.mark = prices.listing.px_from_float(mark_px)

    def mid_text(self, coin: str) -> str | None:
        """The middle of the book; None if a side is empty."""
        book = self._books[coin]
        doubled = book.doubled_mid
        return half_text(doubled, book.listing) if doubled else None


def half_text(doubled: int, listing: Listing) -> str:
    """Half of a sum of two prices as text; it may have one decimal more than a price."""
    if doubled % 2 == 0:
        return listing.px_text(doubled // 2)
    return units_text(doubled * 5, listing.px_decimals + 1)


def _impact_px(side: BookSide, notional_usd: int) -> int:
    """The average price of trading that notional through the levels; 0 if there is too little."""
    left = notional_usd
    size = 0
    for level in side.depth(IMPACT_LEVELS_MAX):
        worth = level.px * level.size
        if worth >= left:
            return divided(notional_usd * level.px, size * level.px + left)
        left -= worth
        size += level.size
    return 0
