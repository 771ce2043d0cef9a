"""Spot Dust Conversion: once a day, what is too little to be sold becomes USDC.

A balance of less than a lot that no order binds is taken at the pair's mark price, without a fee.
The fills have the zero hash and trade id 0, as recorded ones have. Whoever opted out is left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import Account, FillRow
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.identity import Identities
from hive.localvenue.liquidation.forced_trades import ZERO_HASH
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.listings.spot_balances import USDC
from hive.localvenue.views.market_state import MarketState

DUST_CONVERSION: Final = "Spot Dust Conversion"
NO_TID: Final = 0


class DustSweeper:
    """Looks at every account when its time comes: at midnight UTC, if the period is a day."""

    def __init__(
        self,
        market: MarketState,
        house: ClearingHouse,
        identities: Identities,
        *,
        is_opted_out: Callable[[Address], bool],
        period_ms: int,
        start_ms: int,
    ) -> None:
        self._market = market
        self._house = house
        self._identities = identities
        self._is_opted_out = is_opted_out
        self._period_ms = period_ms
        self.next_ms = start_ms - start_ms % period_ms + period_ms

    def begin_block(self, now_ms: int) -> None:
        if now_ms < self.next_ms:
            return
        self.next_ms = now_ms - now_ms % self._period_ms + self._period_ms
        pairs = [pair for pair in self._market.catalog.spot if _is_swept(pair)]
        for account in list(self._house.accounts.values()):
            if not account.is_participant and not self._is_opted_out(account.address):
                self._sweep(account, pairs)

    def _sweep(self, account: Account, pairs: list[Listing]) -> None:
        for listing in pairs:
            pair = listing.pair
            assert pair is not None
            wei = account.spot.total(pair.base.index)
            if 0 < wei < pair.lot_wei and account.spot.free(pair.base.index) == wei:
                self._convert(account, listing)

    def _convert(self, account: Account, listing: Listing) -> None:
        px = self._market.prices.mark(listing.coin)
        pair = listing.pair
        assert pair is not None
        fill = FillRow(
            listing=listing,
            px=px,
            size=0,
            is_buy=False,
            ms=self._house.now_ms,
            start_position=0,
            direction=DUST_CONVERSION,
            closed_usd=0,
            hash=ZERO_HASH,
            oid=self._identities.oid(),
            is_taker=True,
            fee_usd=0,
            tid=NO_TID,
            cloid=None,
            spot=self._house.spot.convert_dust(account, pair, px),
        )
        self._house.keep(account, fill)


def _is_swept(listing: Listing) -> bool:
    """What is traded against USDC."""
    pair = listing.pair
    return pair is not None and pair.quote.index == USDC and not listing.is_delisted
