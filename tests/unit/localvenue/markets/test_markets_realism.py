"""Every live coin's synthetic market lies where the recorded one lay, and behaves like a market."""

from __future__ import annotations

from decimal import Decimal
from statistics import fmean, median, pstdev
from typing import NamedTuple

import pytest
from tests.unit.localvenue.markets.market_watch import Tape, excess_kurtosis, lag_one, watched
from tests.unit.localvenue.markets.plain_floor import CATALOG, PlainFloor

from hive.localvenue.listings.catalog import Listing
from hive.localvenue.markets.generic import market_specs, spec_of
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import SyntheticMarkets
from hive.localvenue.markets.table import MARKET_SPECS

START_MS = 1_000
HOURLY_BY_TIER = {"full": 4, "soak": 1}
"""Every so many-th coin is watched for an hour."""


class Believable(NamedTuple):
    """Ranges for coins that traded at least so much on the recorded day."""

    day_usd_min: float
    spread_bps: tuple[float, float]
    """Mean distance of best bid and ask."""
    depth_usd: tuple[float, float]
    """Median worth of one of the five best levels of a side."""
    volatility_bps: tuple[float, float]
    """Deviation of the mid's moves from second to second."""


# The recorded impact prices (for 20,000 or 6,000 USD) of 178 live coins span 0.1 to 116 bps, and
# their touch is narrower; depth near the middle and moves per second are of the order seen in an
# active hour: a major shows tens of thousands of USD a level and moves 1 bps a second, a small
# coin some hundreds and 4.
RANGES = (
    Believable(5e8, (0.1, 1.5), (30_000, 150_000), (0.6, 2.5)),
    Believable(3e7, (0.2, 13.0), (5_000, 60_000), (0.8, 4.0)),
    Believable(1e6, (0.4, 90.0), (1_000, 25_000), (1.0, 6.0)),
    Believable(0.0, (1.0, 120.0), (100, 5_000), (1.5, 8.0)),
)
COARSE_TICK_BPS = 10.0
"""Where one tick is this much, the mid moves by ticks, whatever the price wants."""


def ranges_of(listing: Listing) -> Believable:
    day_usd = float(listing.recorded["dayNtlVlm"])
    return next(row for row in RANGES if day_usd >= row.day_usd_min)


def tick_bps(listing: Listing) -> float:
    px = Decimal(listing.recorded["markPx"])
    return float(listing.instrument.tick_at(px) / px) * 1e4


def run(coins: dict[str, Listing], seconds: int) -> dict[str, Tape]:
    specs = market_specs(CATALOG.perps)
    markets = SyntheticMarkets(seeded_sources(11), coins, specs=specs)
    floor = PlainFloor()
    markets.open(floor, START_MS)
    return watched(markets, floor, coins, from_ms=START_MS, seconds=seconds)


def live_coins() -> dict[str, Listing]:
    return {listing.coin: listing for listing in CATALOG.perps if not listing.is_delisted}


def out_of_range(tapes: dict[str, Tape], coins: dict[str, Listing]) -> list[str]:
    """What lies outside of its range, in words."""
    found: list[str] = []
    for coin, tape in tapes.items():
        rows, tick = ranges_of(coins[coin]), tick_bps(coins[coin])
        jumpy = tick / 2 if tick > COARSE_TICK_BPS else 0.0
        seen = (
            ("spread", fmean(tape.spreads_bps), rows.spread_bps, 2 * tick),
            ("depth", median(tape.depths_usd), rows.depth_usd, 0.0),
            ("volatility", pstdev(tape.returns_bps), rows.volatility_bps, jumpy),
        )
        for what, value, (low, high), least_high in seen:
            if not low <= value <= max(high, least_high):
                found.append(f"{coin} {what} {value:.2f}")
    return found


def test_five_minutes_of_every_eighth_coin_are_in_range() -> None:
    coins = dict(list(live_coins().items())[::8])
    assert out_of_range(run(coins, 300), coins) == []


@pytest.mark.full
def test_a_quarter_of_an_hour_of_every_live_coin_is_in_range() -> None:
    coins = live_coins()
    assert len(coins) == 178
    assert out_of_range(run(coins, 900), coins) == []


@pytest.mark.full
def test_within_an_hour_coins_behave_like_markets(tier: str) -> None:
    """Fat tails and spells of unrest need that long to show; `soak` looks at every coin."""
    coins = dict(list(live_coins().items())[:: HOURLY_BY_TIER[tier]])
    tapes = run(coins, 3_600)
    faults = out_of_range(tapes, coins)
    for coin, tape in tapes.items():
        tails = excess_kurtosis(tape.returns_bps)
        spells = lag_one([abs(value) for value in tape.returns_bps])
        if tails <= 1 or spells <= 0.1:
            faults.append(f"{coin} tails {tails:.2f} spells {spells:.2f}")
    assert faults == []


def test_the_recorded_width_and_price_are_kept() -> None:
    for coin, listing in live_coins().items():
        spec = spec_of(listing)
        assert spec.start_px == pytest.approx(float(listing.recorded["markPx"]), rel=0.02), coin
        bid, ask = (float(text) for text in listing.recorded["impactPxs"])
        recorded_bps = (ask / bid - 1) * 1e4
        floor_bps = max(tick_bps(listing), 1.5)
        assert 0.25 * recorded_bps <= spec.spread_bps <= max(2.0 * recorded_bps, floor_bps), coin


def test_the_coins_of_the_table_come_first_and_delisted_ones_never() -> None:
    specs = market_specs(CATALOG.perps)
    assert list(specs)[: len(MARKET_SPECS)] == list(MARKET_SPECS)
    assert list(market_specs(CATALOG.perps, 30)) == list(specs)[:30]
    assert set(specs) == set(live_coins())
    volumes = [float(live_coins()[coin].recorded["dayNtlVlm"]) for coin in list(specs)[24:]]
    assert volumes == sorted(volumes, reverse=True)
