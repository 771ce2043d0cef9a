"""The local venue without markets: nothing moves but what a benchmark moves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from benchmarks.lifted import LIFTED
from hive.domain.identifiers import Address
from hive.localvenue.config import VenueConfig
from hive.localvenue.listings.catalog import recorded_catalog
from hive.localvenue.markets.synthetic import TradingFloor
from hive.localvenue.venue import LocalVenue

BLOCK_MS: Final = 5
"""Short, so that a client which waits for its answer before it looks at the next tick does not wait
for a block."""
FUNDS_USD: Final = Decimal(10**9)
NEVER_MS: Final = 2**62


class StillMarkets:
    """Behind `localvenue.markets.Markets`: no coin is quoted."""

    coins: Final[list[str]] = []

    def open(self, floor: TradingFloor, now_ms: int) -> None: ...

    def advance(self, now_ms: int) -> None: ...

    def next_deadline_ms(self) -> int:
        return NEVER_MS

    def oracle_px(self, coin: str) -> float:
        raise NotImplementedError


def still_venue(funded: Sequence[str], now_ms: int) -> LocalVenue:
    """A venue at which these accounts are rich and nobody else trades."""
    config = VenueConfig(
        start_ms=now_ms,
        funded={Address(address): FUNDS_USD for address in funded},
        block_ms=BLOCK_MS,
        limits=LIFTED,
    )
    return LocalVenue(config, StillMarkets(), recorded_catalog())
