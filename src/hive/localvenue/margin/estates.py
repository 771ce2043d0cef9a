"""What is liquidated together: the cross positions of one margin account, or one isolated one.

Of a unified account, the cross positions of all dexes are one estate, and its USDC covers them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hive.localvenue.accounts.account import Account, Holding, MarginAccount
from hive.localvenue.accounts.spot_clearing import bound_by
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.listings.spot_balances import USDC, WEI_PER_USD_UNIT
from hive.localvenue.margin.requirements import MarkOf, isolated_usd, summarize_common
from hive.localvenue.orders.venue_order import VenueOrder


class Health(NamedTuple):
    """At present marks, in millionths of a USD."""

    equity_usd: int
    maintenance_usd: int
    notional_usd: int

    @property
    def is_liquidatable(self) -> bool:
        return self.equity_usd < self.maintenance_usd or self.equity_usd < 0

    @property
    def is_beyond_the_book(self) -> bool:
        """Under two thirds of maintenance: the backstop takes over."""
        return 3 * self.equity_usd < 2 * self.maintenance_usd or self.equity_usd < 0


class Estate(NamedTuple):
    account: Account
    margin: MarginAccount
    isolated: Holding | None = None
    """The position that answers for itself; None for all that share the cross margin."""

    @property
    def kind(self) -> str:
        """As it stands in the venue's words."""
        return "Cross" if self.isolated is None else "Isolated"

    def health(self, mark_of: MarkOf) -> Health:
        if self.isolated is None:
            summary = summarize_common(self.margin, mark_of)
            equity_usd = summary.equity_usd + self._bound_on_spot_usd
            return Health(equity_usd, summary.maintenance_usd, summary.notional_usd)
        mark = mark_of(self.isolated.listing.coin)
        notional = abs(self.isolated.size) * mark
        maintenance = self.isolated.listing.maintenance_usd(notional)
        return Health(isolated_usd(self.isolated, mark), maintenance, notional)

    def positions(self) -> list[Holding]:
        if self.isolated is not None:
            return [self.isolated] if self.isolated.size else []
        margins = (self.margin.sharing or {self.margin.dex: self.margin}).values()
        held = [holding for margin in margins for holding in margin.holdings.values()]
        return [holding for holding in held if holding.size and not holding.is_isolated]

    def covers(self, listing: Listing) -> bool:
        """Whether open orders of that perp are cancelled with it: its own, or all of a dex."""
        if self.isolated is not None:
            return self.isolated.listing is listing
        return self.account.is_unified or listing.dex == self.margin.dex

    def backs(self, order: VenueOrder) -> bool:
        """Whether what a spot order binds is part of what covers the estate."""
        if self.isolated is not None or not self.account.is_unified:
            return False
        return bound_by(order, order.open_size)[0] == USDC

    @property
    def _bound_on_spot_usd(self) -> int:
        if not self.account.is_unified:
            return 0
        return self.account.spot.total(USDC) // WEI_PER_USD_UNIT


def estates_of(account: Account) -> Iterator[Estate]:
    """All of an account, isolated positions first."""
    for margin in list(account.margins.values()):
        for holding in list(margin.holdings.values()):
            if holding.is_isolated and holding.size:
                yield Estate(account, margin, holding)
        if not account.is_unified:
            yield Estate(account, margin)
    if account.is_unified:
        yield Estate(account, account.perps)
