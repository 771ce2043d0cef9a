"""What each synthetic market is like: a table of believable values.

Prices are those of the recorded metadata; the rest is of the order seen on the venue in an active
hour. `volatility_bps` is what the middle of the book typically moves in one second.
"""

from __future__ import annotations

from typing import Final

import msgspec


class MarketSpec(msgspec.Struct, frozen=True):
    """One coin's character."""

    coin: str
    start_px: float
    spread_bps: float
    """Typical distance of best bid and best ask; never under a tick."""
    depth_usd: float
    """Typical worth of one price level near the middle."""
    volatility_bps: float
    """Typical move of the mid within a second (one standard deviation)."""
    trades_per_s: float
    """Mean arrivals of takers, clusters included."""
    beta: float
    """Move for a move of 1 of the whole market."""
    follows: str = ""
    """The coin whose price leads this one's, if there is one and it has a market."""


_ROWS: Final = (
    # coin, start_px, spread_bps, depth_usd, volatility_bps, trades_per_s, beta
    ("BTC", 86_588.0, 0.35, 90_000.0, 1.2, 4.0, 1.0),
    ("ETH", 2_726.5, 0.6, 55_000.0, 1.6, 3.0, 1.25),
    ("SOL", 120.99, 1.2, 30_000.0, 1.9, 2.2, 1.4),
    ("HYPE", 93.457, 1.0, 25_000.0, 2.2, 2.5, 1.2),
    ("ZEC", 1_354.1, 2.2, 12_000.0, 2.6, 1.5, 0.8),
    ("XRP", 1.5207, 1.5, 20_000.0, 1.9, 1.6, 1.2),
    ("NEAR", 5.0422, 2.8, 10_000.0, 2.5, 1.2, 1.3),
    ("DOGE", 0.0964, 2.0, 15_000.0, 2.2, 1.4, 1.4),
    ("SUI", 1.2214, 2.8, 10_000.0, 2.4, 1.2, 1.5),
    ("ENA", 0.252284, 4.0, 7_000.0, 3.0, 1.0, 1.5),
    ("WLD", 0.57146, 4.0, 6_000.0, 3.0, 1.0, 1.5),
    ("BNB", 793.12, 1.6, 14_000.0, 1.4, 1.0, 0.8),
    ("AVAX", 11.033, 3.0, 8_000.0, 2.3, 0.9, 1.4),
    ("LINK", 14.107, 2.6, 9_000.0, 2.2, 0.9, 1.3),
    ("ADA", 0.27544, 3.0, 9_000.0, 2.2, 0.9, 1.3),
    ("UNI", 9.0467, 3.2, 7_000.0, 2.5, 0.8, 1.3),
    ("AAVE", 186.31, 3.2, 8_000.0, 2.3, 0.8, 1.3),
    ("LTC", 71.508, 3.0, 8_000.0, 1.9, 0.7, 1.0),
    ("TAO", 305.08, 4.5, 5_000.0, 2.8, 0.8, 1.4),
    ("ARB", 0.20792, 5.0, 5_000.0, 2.6, 0.7, 1.5),
    ("CRV", 0.37937, 5.5, 5_000.0, 2.8, 0.7, 1.4),
    ("XMR", 550.2, 4.5, 6_000.0, 2.0, 0.6, 0.5),
    ("ONDO", 0.50045, 4.5, 6_000.0, 2.6, 0.7, 1.4),
    ("kPEPE", 0.004525, 4.5, 6_000.0, 3.2, 1.0, 1.6),
)

MARKET_SPECS: Final[dict[str, MarketSpec]] = {row[0]: MarketSpec(*row) for row in _ROWS}
"""The character of each synthetic market by coin, the busiest first."""
