"""Synthetic markets behave like markets, cost little, and are the same for the same seed."""

from __future__ import annotations

from statistics import fmean, median, pstdev

import pytest
from tests.unit.localvenue.markets.market_watch import (
    Tape,
    correlation,
    excess_kurtosis,
    lag_one,
    watched,
)
from tests.unit.localvenue.markets.plain_floor import CATALOG, PlainFloor, Print

from hive.domain.market import Side
from hive.localvenue.markets.chance import Uniform
from hive.localvenue.markets.synthetic import (
    CATCH_UP_MS_MAX,
    LIGHT,
    MarketSettings,
    SyntheticMarkets,
)
from hive.localvenue.markets.table import MARKET_SPECS
from hive.runtime.rng import SeededRng

COINS = ("BTC", "ETH", "SOL", "DOGE", "NEAR", "kPEPE")
SECONDS = 900


def opened(
    seed: int, coins: tuple[str, ...] = COINS, settings: MarketSettings | None = None
) -> tuple[SyntheticMarkets, PlainFloor]:
    rng = SeededRng(seed)

    def source(name: str) -> Uniform:
        return rng.fork(name).uniform

    floor = PlainFloor()
    markets = SyntheticMarkets(source, coins, settings)
    markets.open(floor, 1_000)
    return markets, floor


@pytest.fixture(scope="module")
def tapes() -> dict[str, Tape]:
    markets, floor = opened(7)
    return watched(markets, floor, COINS, from_ms=1_000, seconds=SECONDS)


def test_the_table_has_real_coins_in_believable_ranges() -> None:
    assert len(MARKET_SPECS) >= 20
    for coin, spec in MARKET_SPECS.items():
        assert spec.coin == coin
        assert 0.1 <= spec.spread_bps <= 10
        assert 2_000 <= spec.depth_usd <= 200_000
        assert 0.5 <= spec.volatility_bps <= 5
        assert 0.2 <= spec.trades_per_s <= 10
        assert 0.3 <= spec.beta <= 2
        listing = CATALOG.of_coin(coin)
        assert listing is not None
        assert not listing.is_delisted
        assert spec.start_px == pytest.approx(float(listing.recorded["markPx"]), rel=0.02)


def test_spread_depth_volatility_and_activity_are_the_tables(tapes: dict[str, Tape]) -> None:
    for coin, tape in tapes.items():
        spec = MARKET_SPECS[coin]
        assert 0.7 < fmean(tape.spreads_bps) / spec.spread_bps < 1.6, coin
        assert 0.6 < median(tape.depths_usd) / spec.depth_usd < 1.6, coin
        assert 0.6 < pstdev(tape.returns_bps) / spec.volatility_bps < 1.6, coin
        assert 0.5 < len(tape.prints) / SECONDS / spec.trades_per_s < 2.0, coin


def test_returns_have_heavy_tails_and_calm_and_wild_spells(tapes: dict[str, Tape]) -> None:
    for coin, tape in tapes.items():
        assert excess_kurtosis(tape.returns_bps) > 1, coin
        assert lag_one([abs(value) for value in tape.returns_bps]) > 0.1, coin


def test_coins_move_together(tapes: dict[str, Tape]) -> None:
    for coin in COINS[1:]:
        assert 0.1 < correlation(tapes["BTC"].returns_bps, tapes[coin].returns_bps) < 0.95, coin


def test_prices_go_somewhere_within_minutes(tapes: dict[str, Tape]) -> None:
    """Trends and bursts are large against a taker's fee of 4.5 bps."""
    for coin, tape in tapes.items():
        minutes = [tape.log_mids[start : start + 120] for start in range(0, SECONDS, 120)]
        ranges_bps = [(max(span) - min(span)) * 1e4 for span in minutes if len(span) > 60]
        assert fmean(ranges_bps) > 15, coin


def test_trades_come_in_clusters_with_heavy_tails(tapes: dict[str, Tape]) -> None:
    usd = sorted(float(trade.px * trade.size) for trade in tapes["BTC"].prints)
    assert fmean(usd) > 1.8 * median(usd)
    assert usd[0] < 2_000
    assert usd[-1] > 50_000


def test_makers_quote_at_least_eight_levels_and_never_cross() -> None:
    markets, floor = opened(3)
    for step in range(1, 600):
        markets.advance(1_000 + step * 250)
        for coin in COINS:
            bids, asks = floor.side(coin, Side.BUY), floor.side(coin, Side.SELL)
            assert bids[0].px < asks[0].px
            assert min(len(bids), len(asks)) >= 5
    for coin in COINS:
        assert max(len(floor.side(coin, side)) for side in Side) >= 8


def test_the_same_seed_gives_the_same_market_however_time_is_cut() -> None:
    def tape(seed: int, step_ms: int) -> list[Print]:
        markets, floor = opened(seed)
        for now_ms in range(1_000, 31_001, step_ms):
            markets.advance(now_ms)
        return floor.prints

    first = tape(5, 1_000)
    assert len(first) > 100
    assert tape(5, 1_000) == first
    assert tape(5, 70)[: len(first)] == first[: len(tape(5, 70))]
    assert tape(6, 1_000) != first


def test_what_others_trade_does_not_move_the_reference() -> None:
    calm, _ = opened(5)
    raided, floor = opened(5)
    for now_ms in range(1_000, 20_001, 250):
        calm.advance(now_ms)
        raided.advance(now_ms)
        for side in Side:
            del floor.side("BTC", side)[:3]
    for coin in COINS:
        assert raided.oracle_px(coin) == calm.oracle_px(coin)


def test_an_emptied_book_is_quoted_again_at_the_next_step() -> None:
    markets, floor = opened(5)
    for side in Side:
        for order in list(floor.side("ETH", side)):
            floor.cancel("ETH", order.oid)
    markets.advance(1_250)
    assert min(len(floor.side("ETH", side)) for side in Side) >= 8


def test_a_long_pause_is_skipped_not_caught_up() -> None:
    markets, floor = opened(5)
    markets.advance(2_000)
    placed = floor.placed
    markets.advance(2_000 + 3_600_000)
    assert floor.placed - placed < 100
    assert markets.next_deadline_ms() > 3_602_000 - CATCH_UP_MS_MAX


def test_a_light_market_does_a_fraction_of_the_work() -> None:
    coins = tuple(MARKET_SPECS)[:14]
    placed: list[int] = []
    for settings in (None, LIGHT):
        markets, floor = opened(5, coins, settings)
        for now_ms in range(1_000, 61_001, 250):
            markets.advance(now_ms)
        placed.append(floor.placed)
    full, light = placed
    assert light < full * 0.6
    # Fourteen coins stay far below what a venue's core can take (about 10 % of one at 20 µs each).
    assert full / 60 < 400


def test_deadlines_take_turns_among_the_coins() -> None:
    markets, _ = opened(5)
    deadlines: list[int] = []
    for _ in range(12):
        deadlines.append(markets.next_deadline_ms())
        markets.advance(deadlines[-1])
    assert deadlines[5] == 1_250
    assert deadlines[11] == 1_500
    assert deadlines == sorted(set(deadlines))
