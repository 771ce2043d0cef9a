"""What the venue does of its own in each block: prices, funding, liquidations, markets.

The order within a block is the real venue's where it is known (venue.md 3.2): oracle and marks
first, then funding, then liquidations.
"""

from __future__ import annotations

from math import sqrt
from typing import Final

from msgspec.structs import replace

from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.clock.timetable import Timetable
from hive.localvenue.config import VenueConfig
from hive.localvenue.liquidation.liquidator import Liquidator
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.market_data.candles import HistoryShape
from hive.localvenue.market_data.funding import HOUR_MS, FundingRate, pay
from hive.localvenue.markets.generic import spec_of
from hive.localvenue.markets.ports import KnownMarks, Markets, TradingFloor
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.units import usd_text
from hive.localvenue.views.market import rate_text
from hive.localvenue.views.market_state import MarketState

HOURS_PAID_MAX: Final = 24
"""After a longer pause funding of the hours before is not paid."""

SECONDS_A_MINUTE: Final = 60


class MarketClock:
    """Drives markets and prices; the venue tells it when a block is made."""

    def __init__(
        self,
        market: MarketState,
        house: ClearingHouse,
        liquidator: Liquidator,
        markets: Markets,
        exchange: Exchange,
        *,
        config: VenueConfig,
    ) -> None:
        self._market = market
        self._house = house
        self._liquidator = liquidator
        self._markets = markets
        self._exchange = exchange
        self._config = config
        self._timetable = Timetable(
            {
                self._update_prices: config.cadence.prices_ms,
                self._sample_premiums: config.cadence.premium_ms,
            },
            config.start_ms,
        )
        self._next_hour_ms = config.start_ms - config.start_ms % HOUR_MS + HOUR_MS
        self.funding_residue_usd = 0
        """What was paid more than received, because payments are rounded."""

    def open(self, floor: TradingFloor) -> None:
        """Let the markets put their first quotes, and give every coin of theirs a past."""
        now_ms = self._config.start_ms
        self._house.begin_block(now_ms)
        self._markets.open(floor, now_ms)
        self._market.prices.open_at(self._markets.coins, self._markets.oracle_px)
        sources = seeded_sources(self._config.seed)
        for coin in self._markets.coins:
            shape = self._history_shape(self._market.books[coin].listing)
            self._market.open_market(coin, shape, sources(f"{coin} history"), now_ms)
            if shape.hours and coin in self._market.funded_coins:
                funding = self._market.funding_of(coin)
                funding.began(sources(f"{coin} funding"), now_ms)
        self._market.take(self._house.news, now_ms)

    @property
    def next_ms(self) -> int:
        """When there is something to do; it is done in the block after that."""
        return min(self._timetable.next_ms, self._next_hour_ms, self._markets.next_deadline_ms())

    def begin(self, now_ms: int) -> None:
        """The first part of a block."""
        for task in self._timetable.due(now_ms):
            task(now_ms)
        if now_ms >= self._next_hour_ms:
            self._distribute_funding(now_ms)

    def trade(self, now_ms: int) -> None:
        """Let the markets' participants do what they do in this block."""
        self._markets.advance(now_ms)

    def _update_prices(self, now_ms: int) -> None:
        coins = self._market.live_coins
        self._market.prices.update(coins, self._markets.oracle_px, now_ms)
        if isinstance(self._markets, KnownMarks):
            self._market.prices.follow(coins, self._markets.mark_px)
        self._market.roll(now_ms)
        self._exchange.fire_triggers()
        self._liquidator.look()

    def _sample_premiums(self, _now_ms: int) -> None:
        self._market.sample_premiums()

    def _distribute_funding(self, now_ms: int) -> None:
        hours = (now_ms - self._next_hour_ms) // HOUR_MS + 1
        self._next_hour_ms += hours * HOUR_MS
        for _ in range(min(hours, HOURS_PAID_MAX)):
            funding_of = self._market.funding_of
            paid = {coin: funding_of(coin).close_hour(now_ms) for coin in self._market.funded_coins}
            for account in self._house.accounts.values():
                self._pay(account, paid)
        self._house.exposure.suspect_all()

    def _pay(self, account: Account, paid: dict[str, FundingRate]) -> None:
        """Let an account pay for every position whose coin has a rate."""
        for holding in account.each_holding():
            rate = paid.get(holding.listing.coin) if holding.size else None
            if rate is None:
                continue
            oracle = self._market.prices.of(holding.listing.coin).oracle
            usd = pay(account, holding, oracle, rate.rate)
            self.funding_residue_usd += usd
            if not account.is_participant:
                self._tell_paid(account, holding, rate, usd)

    def _tell_paid(self, account: Account, holding: Holding, paid: FundingRate, usd: int) -> None:
        row = {
            "time": paid.ms,
            "coin": holding.listing.coin,
            "usdc": usd_text(-usd),
            "szi": holding.listing.size_text(holding.size),
            "fundingRate": rate_text(paid.rate),
            "nSamples": None,
        }
        self._house.news.event(account.address, {"funding": row})

    def _history_shape(self, listing: Listing) -> HistoryShape:
        """The configured length, with the coin's own volatility and volume."""
        spec = spec_of(listing)
        day_size = float(listing.recorded.get("dayBaseVlm") or 0) * listing.size_scale
        return replace(
            self._config.history,
            volatility_bps=spec.volatility_bps * sqrt(SECONDS_A_MINUTE),
            px_step=listing.tick_at(self._market.prices.mark(listing.coin)),
            volume_per_minute=max(1.0, day_size / (24 * SECONDS_A_MINUTE)),
            trades_per_minute=spec.trades_per_s * SECONDS_A_MINUTE,
        )
