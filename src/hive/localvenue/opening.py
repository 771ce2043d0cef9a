"""A local venue with synthetic markets, from its configuration."""

from __future__ import annotations

from collections.abc import Iterable

from hive.localvenue.catalog import recorded_catalog
from hive.localvenue.config import VenueConfig
from hive.localvenue.markets import MarketSettings, SyntheticMarkets
from hive.localvenue.markets_table import MARKET_SPECS
from hive.localvenue.seeded import seeded_sources
from hive.localvenue.venue import LocalVenue


def synthetic_venue(
    config: VenueConfig,
    *,
    coins: Iterable[str] = tuple(MARKET_SPECS),
    settings: MarketSettings | None = None,
) -> LocalVenue:
    """A venue on which seeded makers and takers trade these coins; the others are listed too."""
    markets = SyntheticMarkets(seeded_sources(config.seed), coins, settings)
    return LocalVenue(config, markets, recorded_catalog())
