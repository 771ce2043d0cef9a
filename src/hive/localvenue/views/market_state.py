"""What everybody may see: books, prices, tapes and funding of every coin, and views of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hive.hyperliquid.codec_universe import SPOT_ID_START
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.news import News
from hive.localvenue.listings.catalog import Catalog, Listing, PerpDex, untraded_context
from hive.localvenue.listings.spot_gaps import unlisted_context
from hive.localvenue.market_data.candles import CandleStore, HistoryShape
from hive.localvenue.market_data.funding import BASE_RATE, CoinFunding
from hive.localvenue.market_data.prices import Prices
from hive.localvenue.market_data.tape import Tape
from hive.localvenue.orders.books import Book
from hive.localvenue.views import market as views
from hive.localvenue.views import spot as views_spot

Json = dict[str, Any]

NO_HISTORY: Final = HistoryShape(minutes=0, hours=0)


class MarketState:
    """Public state. It changes as trades and time go by."""

    def __init__(
        self,
        catalog: Catalog,
        books: dict[str, Book],
        prices: Prices,
        house: ClearingHouse,
    ) -> None:
        self.catalog = catalog
        self.books = books
        self.prices = prices
        self._house = house
        self._tapes: dict[str, Tape] = {}
        self._funding: dict[str, CoinFunding] = {}
        self.live_coins: list[str] = []
        """Coins that have a market."""

    # --- time and trades ---

    def open_market(
        self, coin: str, shape: HistoryShape, uniform: Callable[[], float], now_ms: int
    ) -> None:
        """Give a coin a tape with a past that leads to its present price."""
        listing = self.books[coin].listing
        self.live_coins.append(coin)
        candles = CandleStore(self.prices.mark(coin), now_ms, shape, uniform)
        self._tapes[coin] = Tape(listing, candles, now_ms)
        if listing.pair is None:
            self._funding[coin] = CoinFunding(listing.deployer)

    def add_book(self, book: Book) -> None:
        """A new coin, without a market so far."""
        self.books[book.listing.coin] = book
        self.prices.add(book)

    def close_market(self, listing: Listing) -> None:
        """Let a coin stand still for ever."""
        prices = self.prices.of(listing.coin)
        mark_px, oracle_px = listing.px_text(prices.mark), listing.px_text(prices.oracle)
        if listing.pair is None:
            listing.recorded = untraded_context(mark_px, oracle_px)
        else:
            numbers = {"prevDayPx": mark_px, "markPx": mark_px, "midPx": None}
            volumes = {"dayNtlVlm": "0.0", "dayBaseVlm": "0.0"}
            listing.recorded = {**listing.recorded, **numbers, **volumes}
        if listing.coin in self.live_coins:
            self.live_coins.remove(listing.coin)
        self._funding.pop(listing.coin, None)

    def take(self, news: News, now_ms: int) -> None:
        """Put a block's trades on the tapes."""
        for coin, trades in news.trades_by_coin.items():
            tape = self._tapes.get(coin)
            if tape is None:
                tape = self._tapes[coin] = self._new_tape(coin, trades[0].px, now_ms)
            for trade in trades:
                tape.trade(trade)

    def sample_premiums(self) -> None:
        for coin in self._funding:
            premium = self.prices.of(coin).premium(self.books[coin])
            self._funding[coin].sample(premium)

    def funding_of(self, coin: str) -> CoinFunding:
        """Of a coin that has a market."""
        return self._funding[coin]

    @property
    def funded_coins(self) -> list[str]:
        """Perps that have a market, which alone pay funding."""
        return list(self._funding)

    def roll(self, now_ms: int) -> None:
        """Let hours pass on the tapes."""
        for coin, tape in self._tapes.items():
            tape.roll(now_ms, self.prices.mark(coin))

    def _new_tape(self, coin: str, px: int, now_ms: int) -> Tape:
        candles = CandleStore(px, now_ms, NO_HISTORY, float)
        return Tape(self.books[coin].listing, candles, now_ms)

    # --- what exists ---

    def knows(self, coin: str) -> bool:
        """Whether the coin is listed, as a perp or as a spot pair, delisted ones included."""
        return coin in self.books

    def book(self, coin: str) -> Book | None:
        return self.books.get(coin)

    def tape(self, coin: str) -> Tape | None:
        """None for a coin that nobody has traded here."""
        return self._tapes.get(coin)

    # --- views ---

    def l2_book(
        self,
        coin: str,
        ms: int,
        *,
        levels_max: int = views.LEVELS_MAX,
        n_sig_figs: int | None = None,
        mantissa: int | None = None,
    ) -> Json:
        return views.l2_book(
            self.books[coin], ms, levels_max=levels_max, n_sig_figs=n_sig_figs, mantissa=mantissa
        )

    def bbo(self, coin: str, ms: int) -> Json:
        return views.bbo(self.books[coin], ms)

    def all_mids(self, dex: str = "") -> dict[str, str]:
        """Of a perp dex; spot pairs belong to the first one."""
        return {
            coin: views.mid_or_last(book, self.prices.of(coin))
            for coin, book in self.books.items()
            if book.listing.dex == dex and not book.listing.is_delisted
        }

    def context(self, coin: str) -> Json:
        """A coin's live numbers, or the recorded ones where nothing happens here."""
        book = self.books[coin]
        tape = self._tapes.get(coin)
        if tape is None or book.listing.is_delisted:
            return views.recorded_context(book.listing)
        if book.listing.pair is not None:
            return views_spot.live_context(book, self.prices.of(coin), tape)
        funding = self._funding.get(coin)
        return views.live_context(
            book,
            self.prices.of(coin),
            tape,
            funding=BASE_RATE if funding is None else funding.rate,
            long_size=self._house.bounds.open_interest(book.listing),
        )

    def contexts(self, dex: PerpDex) -> list[Json]:
        """A dex's live numbers, aligned with its universe."""
        return [self.context(listing.coin) for listing in dex.perps]

    def spot_contexts(self) -> list[Json]:
        """One by each pair index, also where no pair is listed: not aligned with the universe.

        That is how the venue sends them, and how clients find a pair's numbers.
        """
        coin_by_index = {pair.asset_id - SPOT_ID_START: pair.coin for pair in self.catalog.spot}
        return [
            self.context(coin_by_index[index])
            if index in coin_by_index
            else unlisted_context(index)
            for index in range(max(coin_by_index, default=-1) + 1)
        ]

    def candle(self, coin: str, interval: str, now_ms: int) -> Json | None:
        """The candle that is forming; None for a coin that nobody has traded here."""
        tape = self._tapes.get(coin)
        if tape is None:
            return None
        bar = tape.candles.current(interval, now_ms)
        return views.candle(bar, interval, self.books[coin].listing)

    def candles(self, coin: str, interval: str, span: tuple[int, int], now_ms: int) -> list[Json]:
        """Candles that open within the span, oldest first."""
        tape = self._tapes.get(coin)
        if tape is None:
            return []
        bars = tape.candles.between(interval, *span, now_ms)
        listing = self.books[coin].listing
        return [views.candle(bar, interval, listing) for bar in bars]

    def trades(self, coin: str, count: int, *, since_ms: int = 0) -> list[Json]:
        """The last trades, newest first."""
        tape = self._tapes.get(coin)
        if tape is None:
            return []
        rows = [row for row in reversed(tape.trades) if row.ms >= since_ms]
        return [views.trade(row) for row in rows[:count]]

    def funding_rows(self, coin: str, from_ms: int, to_ms: int, count: int) -> list[Json]:
        funding = self._funding.get(coin)
        if funding is None:
            return []
        listing = self.books[coin].listing
        rates = funding.between(from_ms, to_ms, count)
        return [views.funding_row(rate, listing) for rate in rates]
