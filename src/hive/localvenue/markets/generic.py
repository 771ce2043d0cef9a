"""A character for every listed coin: the table's, or one read off what was recorded of it.

The recorded day's volume says how busy and deep a coin is, its recorded impact prices how wide it
is quoted; both are what the real venue showed at one moment. Square roots, because depth and
activity grow far more slowly from coin to coin than volume does.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from math import log10
from typing import Final

from hive.localvenue.listings.catalog import Catalog, Listing
from hive.localvenue.markets.table import MARKET_SPECS, MarketSpec
from hive.localvenue.markets.table_spot import SPOT_SPECS, spot_specs

_BUSIEST_DAY_USD: Final = 2.3e9
"""What the busiest coin traded on the recorded day."""
_DEPTH_PER_ROOT_USD: Final = 1.7
_DEPTH_USD: Final = (150.0, 90_000.0)
_TRADES_PER_ROOT: Final = 1.2e-4
_TRADES_PER_S: Final = (0.01, 4.0)
_VOLATILITY_BPS: Final = (1.2, 4.5)
_VOLATILITY_PER_DECADE: Final = 0.75
"""A coin that trades a tenth moves by so many bps a second more."""
_IMPACT_TO_SPREAD: Final = 0.75
"""The touch is narrower than the impact prices, which reach into the book."""
_SPREAD_BPS: Final = (0.3, 80.0)
_SPREAD_UNKNOWN_BPS: Final = 20.0
_BETA: Final = 1.2


def spec_of(listing: Listing) -> MarketSpec:
    """The coin's character; its price is the recorded one."""
    known = MARKET_SPECS.get(listing.coin) or SPOT_SPECS.get(listing.coin)
    return known or _from_recorded(listing)


def market_specs(listings: Iterable[Listing], count: int | None = None) -> dict[str, MarketSpec]:
    """The characters of the coins that trade, by recorded volume, busiest first: `count` of them.

    The coins of the table are always the first ones.
    """
    live = [listing for listing in listings if not listing.is_delisted and _mark(listing)]
    others = sorted(
        (listing for listing in live if listing.coin not in MARKET_SPECS),
        key=_day_usd,
        reverse=True,
    )
    known = {listing.coin for listing in live}
    specs = {coin: spec for coin, spec in MARKET_SPECS.items() if coin in known}
    specs.update((listing.coin, _from_recorded(listing)) for listing in others)
    return dict(list(specs.items())[:count])


def venue_specs(catalog: Catalog, count: int | None = None) -> dict[str, MarketSpec]:
    """`count` perps of the first dex, all perps of builder dexes, and every spot pair."""
    specs = market_specs(catalog.perps, count)
    for dex in catalog.dexes[1:]:
        specs.update(market_specs(dex.perps))
    specs.update(spot_specs(catalog.spot))
    return specs


def _from_recorded(listing: Listing) -> MarketSpec:
    px = _mark(listing)
    day_usd = max(_day_usd(listing), 1.0)
    tick_bps = float(listing.instrument.tick_at(Decimal(repr(px)))) / px * 1e4
    root = day_usd**0.5
    decades = max(log10(_BUSIEST_DAY_USD / day_usd), 0.0)
    return MarketSpec(
        coin=listing.coin,
        start_px=px,
        spread_bps=max(_within(_SPREAD_BPS, _recorded_spread_bps(listing)), tick_bps),
        depth_usd=_within(_DEPTH_USD, _DEPTH_PER_ROOT_USD * root),
        volatility_bps=_within(
            _VOLATILITY_BPS, _VOLATILITY_BPS[0] + _VOLATILITY_PER_DECADE * decades
        ),
        trades_per_s=_within(_TRADES_PER_S, _TRADES_PER_ROOT * root),
        beta=_BETA,
    )


def _recorded_spread_bps(listing: Listing) -> float:
    impact = listing.recorded.get("impactPxs")
    if not impact:
        return _SPREAD_UNKNOWN_BPS
    bid, ask = (float(text) for text in impact)
    return (ask / bid - 1.0) * 1e4 * _IMPACT_TO_SPREAD


def _mark(listing: Listing) -> float:
    return float(listing.recorded.get("markPx") or 0)


def _day_usd(listing: Listing) -> float:
    return float(listing.recorded.get("dayNtlVlm") or 0)


def _within(bounds: tuple[float, float], value: float) -> float:
    return min(max(value, bounds[0]), bounds[1])
