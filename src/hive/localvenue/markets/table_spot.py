"""What each synthetic spot market is like. Prices are those of the recorded metadata.

A pair whose token has a perp follows that perp's price, as arbitrage makes it in life; pairs of two
quote tokens hardly move; the old meme tokens trade by themselves, thin and wide.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hive.localvenue.listings.catalog import Listing
from hive.localvenue.markets.table import MarketSpec

_ROWS: Final = (
    # coin, start_px, spread_bps, depth_usd, volatility_bps, trades_per_s, beta, follows
    ("@142", 86_621.5, 1.2, 30_000.0, 1.3, 0.9, 1.0, "BTC"),
    ("@151", 2_727.0, 1.6, 20_000.0, 1.7, 0.7, 1.25, "ETH"),
    ("@107", 93.4485, 1.6, 15_000.0, 2.3, 1.0, 1.2, "HYPE"),
    ("@156", 121.045, 2.4, 10_000.0, 2.0, 0.4, 1.4, "SOL"),
    ("@188", 0.006428, 4.0, 4_000.0, 3.0, 0.3, 1.5, "PUMP"),
    ("PURR/USDC", 0.1828, 6.0, 2_500.0, 2.6, 0.35, 1.1, ""),
    ("@150", 0.9998, 1.0, 60_000.0, 0.08, 0.15, 0.0, ""),
    ("@166", 0.9999, 1.0, 60_000.0, 0.08, 0.15, 0.0, ""),
    ("@230", 1.0002, 1.0, 60_000.0, 0.08, 0.15, 0.0, ""),
    ("@1", 11.518, 14.0, 700.0, 3.0, 0.06, 0.9, ""),
    ("@2", 0.00009388, 20.0, 500.0, 3.5, 0.06, 0.9, ""),
    ("@3", 0.040912, 16.0, 600.0, 3.2, 0.08, 0.9, ""),
    ("@4", 1.7982, 16.0, 600.0, 3.2, 0.07, 0.9, ""),
    ("@5", 0.79288, 10.0, 1_200.0, 3.0, 0.14, 1.0, ""),
    ("@6", 0.001774, 18.0, 500.0, 3.4, 0.06, 0.9, ""),
    ("@7", 0.00059629, 60.0, 150.0, 4.5, 0.02, 0.6, ""),
    ("@8", 0.0063939, 22.0, 350.0, 3.6, 0.04, 0.9, ""),
    ("@9", 0.008442, 30.0, 250.0, 3.8, 0.03, 0.8, ""),
    ("@10", 0.00075045, 30.0, 250.0, 3.8, 0.03, 0.8, ""),
    ("@11", 0.003317, 50.0, 150.0, 4.2, 0.02, 0.7, ""),
    ("@12", 0.00054772, 26.0, 300.0, 4.0, 0.04, 0.8, ""),
    ("@13", 0.0079681, 26.0, 300.0, 4.0, 0.04, 0.8, ""),
)

SPOT_SPECS: Final[dict[str, MarketSpec]] = {row[0]: MarketSpec(*row) for row in _ROWS}
"""The character of each synthetic spot market by coin, the busiest first."""


def spot_specs(pairs: Iterable[Listing]) -> dict[str, MarketSpec]:
    """The characters of those of these pairs that the table knows."""
    known = {pair.coin for pair in pairs}
    return {coin: spec for coin, spec in SPOT_SPECS.items() if coin in known}
