"""New listings and delistings while the venue runs.

A delisted coin keeps its slot and its asset id: its orders are cancelled, its positions settle at
the mean oracle price of the last hour (venue.md 3.3), its book stays empty and its numbers freeze.
Of a spot pair the orders go and the tokens stay with who holds them. A new coin is appended to its
universe, and gets makers if the markets can provide them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hive.localvenue.accounts.account import Account, Holding
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange
from hive.localvenue.clearing.news import TradeRow
from hive.localvenue.config import VenueConfig
from hive.localvenue.identity import Identities
from hive.localvenue.liquidation.forced_trades import NO_FEE, ZERO_HASH
from hive.localvenue.listings.catalog import Catalog, Listing
from hive.localvenue.listings.listing_plan import Change, Delist, ListPerp, ListSpot, PlannedChange
from hive.localvenue.markets.generic import spec_of
from hive.localvenue.markets.ports import GrowingMarkets, Markets
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.venue_order import Status, Ticket, Tif, VenueOrder
from hive.localvenue.views.market_state import NO_HISTORY, MarketState

NEVER_MS: Final = 2**62
SETTLEMENT: Final = "Settlement"
WAITING_MAX: Final = 1_000


class ImpossibleListing(ValueError):
    """A planned change cannot be made when its time comes."""


def refusal_of(change: Change, catalog: Catalog) -> str | None:
    """Why a change cannot be made where that is listed; None if it can."""
    if isinstance(change, Delist):
        listing = catalog.of_coin(change.coin)
        is_traded = listing is not None and not listing.is_delisted
        return None if is_traded else f"{change.coin} is nothing that is traded"
    if isinstance(change, ListSpot):
        name = change.token
        if not name.isalnum() or catalog.tokens.of_name(name) is not None:
            return f"{name!r} is a token that is there, or no name of one"
    else:
        name = change.coin
        if catalog.of_coin(name) is not None or not name:
            return f"{name!r} is listed or no name"
        if catalog.dex_of_new(name) is None:
            return f"{name} names no perp dex"
    return None if change.px_units else f"{change.px} is no price of {name}"


def check_plan(plan: Iterable[PlannedChange], catalog: Catalog) -> None:
    """Make the changes on paper, in the order of their times.

    Raises:
        ImpossibleListing: one of them cannot be made when its time comes.
    """
    paper = catalog.copy()
    for planned in sorted(plan, key=lambda planned: planned.at_ms):
        change = planned.change
        refusal = refusal_of(change, paper)
        if refusal is not None:
            raise ImpossibleListing(refusal)
        if isinstance(change, Delist):
            listing = paper.of_coin(change.coin)
            assert listing is not None
            paper.delist(listing)
        else:
            added(change, paper)


def added(change: ListPerp | ListSpot, catalog: Catalog) -> Listing:
    """What a change has appended to the catalog."""
    if isinstance(change, ListSpot):
        return catalog.add_spot(change.token, change.sz_decimals, change.px_units)
    return catalog.add_perp(change.entry, change.px_units)


class ListingOffice:
    """Makes changes of what is listed, at the beginning of a block."""

    def __init__(
        self,
        market: MarketState,
        house: ClearingHouse,
        exchange: Exchange,
        identities: Identities,
        *,
        markets: Markets,
        config: VenueConfig,
    ) -> None:
        self._market = market
        self._house = house
        self._exchange = exchange
        self._identities = identities
        self._markets = markets
        self._planned = sorted(
            ((config.start_ms + plan.at_ms, plan.change) for plan in config.listing_changes),
            key=lambda plan: plan[0],
        )
        self._asked: list[Change] = []

    @property
    def next_ms(self) -> int:
        """When the next change is due: at once, if one was asked for."""
        if self._asked:
            return 0
        return self._planned[0][0] if self._planned else NEVER_MS

    def ask(self, change: Change) -> str | None:
        """Have a change made in the next block; or why it cannot be."""
        if len(self._asked) == WAITING_MAX:
            return "too many changes wait"
        refusal = refusal_of(change, self._market.catalog)
        if refusal is None:
            self._asked.append(change)
        return refusal

    def begin_block(self, now_ms: int) -> None:
        """Make what is due.

        Raises:
            ImpossibleListing: what was planned does not fit what is listed by now.
        """
        while self._planned and self._planned[0][0] <= now_ms:
            change = self._planned.pop(0)[1]
            refusal = refusal_of(change, self._market.catalog)
            if refusal is not None:
                raise ImpossibleListing(refusal)
            self._make(change, now_ms)
        asked, self._asked = self._asked, []
        for change in asked:
            if refusal_of(change, self._market.catalog) is None:  # else another came before it
                self._make(change, now_ms)

    def _make(self, change: Change, now_ms: int) -> None:
        if not isinstance(change, Delist):
            self._list(change, now_ms)
            return
        listing = self._market.catalog.of_coin(change.coin)
        assert listing is not None
        self._delist(listing)

    # --- delisting ---

    def _delist(self, listing: Listing) -> None:
        self._exchange.expel_all(listing.coin, Status.DELISTED_CANCELED)
        if listing.pair is None:
            self._settle_all(listing)
        if isinstance(self._markets, GrowingMarkets):
            self._markets.drop_coin(listing.coin)
        self._market.close_market(listing)
        self._market.catalog.delist(listing)

    def _settle_all(self, listing: Listing) -> None:
        px = self._market.prices.of(listing.coin).settlement_px
        for account in list(self._house.accounts.values()):
            margin = account.margins.get(listing.dex)
            holding = margin.holdings.get(listing.coin) if margin else None
            if holding is not None and holding.size:
                self._settle(account, holding, px)

    def _settle(self, account: Account, holding: Holding, px: int) -> None:
        """Close a position at the settlement price: no counterparty, no fee, no public trade."""
        is_buy = holding.size < 0
        size = abs(holding.size)
        ticket = Ticket(listing=holding.listing, is_buy=is_buy, px=px, size=size, tif=Tif.IOC)
        now_ms = self._house.now_ms
        order = VenueOrder(self._identities.oid(), account.address, ticket, now_ms)
        trade = TradeRow(
            listing=holding.listing,
            is_buy=is_buy,
            px=px,
            size=size,
            ms=now_ms,
            hash=ZERO_HASH,
            tid=self._identities.tid(order.oid, order.oid),
            buyer=account.address,
            seller=account.address,
        )
        self._house.settle(order, trade, NO_FEE, is_taker=True, named=SETTLEMENT)

    # --- listing ---

    def _list(self, change: ListPerp | ListSpot, now_ms: int) -> None:
        listing = added(change, self._market.catalog)
        self._market.add_book(Book(listing))
        if isinstance(self._markets, GrowingMarkets):
            self._markets.add_coin(spec_of(listing), now_ms)
            self._market.prices.open_at([listing.coin], self._markets.oracle_px)
            self._market.open_market(listing.coin, NO_HISTORY, float, now_ms)
