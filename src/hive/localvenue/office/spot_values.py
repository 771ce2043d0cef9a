"""What spot tokens are worth in USD, by the marks of their pairs against USDC."""

from __future__ import annotations

from hive.localvenue.accounts.account import Account
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.margin.requirements import MarkOf


class SpotValues:
    """Values tokens. One without a pair against USDC is worth nothing here."""

    def __init__(self, catalog: Catalog, mark_of: MarkOf) -> None:
        self._catalog = catalog
        self._mark_of = mark_of

    def usd_of(self, token: int, wei: int) -> int:
        """In millionths of a USD, cut."""
        if token == USDC:
            return wei // WEI_PER_USD_UNIT
        listing = self._catalog.usdc_pair_of(token)
        if listing is None or listing.pair is None:
            return 0
        return listing.usd_of(self._mark_of(listing.coin) * wei // listing.pair.lot_wei)

    def spot_usd(self, account: Account) -> int:
        """All spot balances of an account."""
        return sum(self.usd_of(token, each.total) for token, each in account.spot.held())
