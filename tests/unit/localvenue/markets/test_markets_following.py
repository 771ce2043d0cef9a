"""Spot markets: every recorded pair has one, and those of a perp's token keep to the perp."""

from __future__ import annotations

from tests.unit.localvenue.still_venue import BLOCK_MS, SHORT_PAST, START_MS, catalog

from hive.localvenue.config import VenueConfig
from hive.localvenue.engine import Engine
from hive.localvenue.markets.chance import Chance
from hive.localvenue.markets.following import FollowingPrice
from hive.localvenue.markets.generic import venue_specs
from hive.localvenue.markets.reference import ReferencePrice, WholeMarket
from hive.localvenue.markets.regimes import REGIMES, Weather
from hive.localvenue.markets.seeded import seeded_sources
from hive.localvenue.markets.synthetic import SyntheticMarkets
from hive.localvenue.markets.table import MARKET_SPECS
from hive.localvenue.markets.table_spot import SPOT_SPECS

PAIRS_MIN = 20


def test_a_follower_keeps_to_its_leader_within_a_few_spreads() -> None:
    sources = seeded_sources(5)
    weather = Weather(REGIMES["usual"])
    whole = WholeMarket(Chance(sources("whole")), weather)
    leader = ReferencePrice(MARKET_SPECS["BTC"], Chance(sources("leader")), weather)
    spec = SPOT_SPECS["@142"]
    follower = FollowingPrice(spec, Chance(sources("follower")), leader)
    first_ratio = follower.px / leader.px
    worst_bps = 0.0
    for _ in range(2_000):
        whole.step(0.25)
        leader.step(0.25, whole)
        follower.step(0.25, whole)
        worst_bps = max(worst_bps, abs(follower.px / leader.px / first_ratio - 1.0) * 1e4)
    assert 0.5 * spec.spread_bps < worst_bps < 5 * spec.spread_bps


def test_every_recorded_pair_has_a_market_on_its_tick() -> None:
    """Both sides quoted, never crossed, and trades within two minutes on the busy ones."""
    specs = venue_specs(catalog(), 5)
    assert len([coin for coin in specs if coin in SPOT_SPECS]) == len(catalog().spot) >= PAIRS_MIN
    markets = SyntheticMarkets(seeded_sources(3), specs, specs=specs)
    config = VenueConfig(start_ms=START_MS, block_ms=BLOCK_MS, history=SHORT_PAST)
    engine = Engine(config, markets, catalog())
    while engine.block_due_ms < START_MS + 20_000:
        engine.make_block(engine.block_due_ms)
    for coin in specs:
        book = engine.market.books[coin]
        bid, ask = book.top
        assert bid is not None, coin
        assert ask is not None, coin
        assert bid.px < ask.px
        assert book.listing.is_on_tick(bid.px), coin
        assert book.listing.is_on_tick(ask.px), coin
    for coin in ("@107", "@142", "xyz:GOLD"):
        tape = engine.market.tape(coin)
        assert tape is not None
        assert tape.trades, coin
    perp, spot = engine.market.prices.mark("BTC"), engine.market.prices.mark("@142")
    assert abs(spot / 10**3 / (perp / 10) - 1) < 0.002
