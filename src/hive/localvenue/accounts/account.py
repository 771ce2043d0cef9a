"""Accounts: cash, positions and what fills do to them.

Money is kept the venue's way: `raw_usd` is what was paid in, less what was bought, plus what was
sold, less fees. Equity is `raw_usd` plus the positions at mark. A trade moves the same notional out
of one account and into another, so the sum over all accounts only changes by fees, to the last
millionth; profit is a view of it, never a booking.

    Account ──▶ MarginAccount, one per perp dex ──▶ Holding, one per coin
                raw_usd, shared by cross positions   raw_usd, an isolated position's own
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from hive.domain.identifiers import Address, Cloid, Oid
from hive.localvenue.listings.catalog import Listing, dex_of
from hive.localvenue.listings.spot_balances import SpotBalances
from hive.localvenue.listings.spot_pairs import SpotFill
from hive.localvenue.orders.venue_order import VenueOrder
from hive.localvenue.units import divided

LEVERAGE_DEFAULT: Final = 20
"""Of a coin whose leverage was never set, or its maximum where that is smaller."""

ORDERS_KEPT: Final = 20_000
"""Orders per account that can still be asked for; the oldest finished ones are forgotten first."""


class FillRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An execution of an account's order, as it is remembered."""

    listing: Listing
    px: int
    size: int
    is_buy: bool
    ms: int
    start_position: int
    direction: str
    closed_usd: int
    """Profit of what was closed, before the fee."""
    hash: str
    oid: Oid
    is_taker: bool
    fee_usd: int
    tid: int
    cloid: Cloid | None
    liquidation: dict[str, Any] | None = None
    """As it is shown on both sides of a liquidation's fill."""
    deployer_usd: int | None = None
    """The part of the fee that the deployer of a builder dex gets; None elsewhere."""
    builder_usd: int = 0
    """The part of the fee that goes to the builder of the client that ordered."""
    twap_id: int | None = None
    """Whose slice traded."""
    spot: SpotFill | None = None
    """The money of a spot fill to the wei; the amounts in USD above are then what it is worth."""


class Holding:
    """One coin of an account: its position, its leverage, and what its open orders could do."""

    __slots__ = (
        "buying_size",
        "buying_usd",
        "cost_usd",
        "funding_ever_usd",
        "funding_since_change_usd",
        "funding_since_open_usd",
        "is_isolated",
        "leverage",
        "listing",
        "raw_usd",
        "reducing",
        "selling_size",
        "selling_usd",
        "size",
        "waiting",
    )

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.leverage = min(LEVERAGE_DEFAULT, listing.leverage_max)
        self.is_isolated = listing.instrument.is_isolated_only
        """Whether the position answers for its losses alone, with what was put aside for it."""
        self.raw_usd = 0
        """Of an isolated position: its margin, less what it was bought for or plus what it was
        sold for. 0 without a position, and of a cross one."""
        self.size = 0
        """Signed."""
        self.cost_usd = 0
        """What the position was entered for: entry price times its size without sign."""
        self.buying_size = self.selling_size = 0
        self.buying_usd = self.selling_usd = 0
        """Open orders that do not merely reduce, at their limit prices."""
        self.reducing: dict[Oid, VenueOrder] = {}
        """Open reduce-only orders, oldest first."""
        self.waiting: dict[Oid, VenueOrder] = {}
        """Reduce-only orders that wait for a trigger, oldest first."""
        self.funding_ever_usd = 0
        self.funding_since_open_usd = 0
        self.funding_since_change_usd = 0
        """Paid so far; negative when received."""

    def count_order(self, order: VenueOrder, size: int) -> None:
        """`size` more of a resting order is open; less, if negative."""
        if order.reduce_only:
            return
        if order.is_buy:
            self.buying_size += size
            self.buying_usd += size * order.px
        else:
            self.selling_size += size
            self.selling_usd += size * order.px

    def trade(self, signed_size: int, px: int) -> int:
        """Take a trade into the position; the profit of what it closed."""
        before = self.size
        after = before + signed_size
        self.size = after
        self.funding_since_change_usd = 0
        if before * signed_size >= 0:
            self.cost_usd += abs(signed_size) * px
            return 0
        if before * after < 0:  # through zero: all of the old is closed, the rest is new
            closed = abs(before)
            closed_cost = self.cost_usd
            self.cost_usd = abs(after) * px
        else:
            closed = abs(signed_size)
            closed_cost = divided(self.cost_usd * closed, abs(before))
            self.cost_usd -= closed_cost
        if before * after <= 0:
            self.funding_since_open_usd = 0
        profit = closed * px - closed_cost
        return profit if before > 0 else -profit

    def pay_funding(self, usd: int) -> None:
        self.funding_ever_usd += usd
        self.funding_since_open_usd += usd
        self.funding_since_change_usd += usd


class MarginAccount:
    """An account's perps on one dex: cash that its cross positions share, and all positions."""

    __slots__ = ("dex", "holdings", "raw_usd", "sharing")

    def __init__(self, dex: str) -> None:
        self.dex = dex
        """The dex's name; empty for the first one."""
        self.raw_usd = 0
        self.holdings: dict[str, Holding] = {}
        self.sharing: dict[str, MarginAccount] | None = None
        """Of a unified account: its sides of all dexes, whose cash covers them together. Then
        `raw_usd` alone means nothing, and may be negative."""

    def holding(self, listing: Listing) -> Holding:
        """The account's side of a coin, made at first use."""
        holding = self.holdings.get(listing.coin)
        if holding is None:
            holding = self.holdings[listing.coin] = Holding(listing)
        return holding

    def trade(self, holding: Holding, signed_size: int, px: int) -> int:
        """Take a trade into one of the positions and pay for it; the profit of what it closed."""
        if holding.is_isolated:
            self._pay_isolated(holding, signed_size, px)
        else:
            self.raw_usd -= signed_size * px
        return holding.trade(signed_size, px)

    def pay_funding(self, holding: Holding, usd: int) -> None:
        """Let a position pay, or receive if negative: an isolated one out of its own margin."""
        if holding.is_isolated:
            holding.raw_usd -= usd
        else:
            self.raw_usd -= usd
        holding.pay_funding(usd)

    def isolate(self, holding: Holding, usd: int) -> None:
        """Put cash aside for an isolated position; take it back, if negative."""
        self.raw_usd -= usd
        holding.raw_usd += usd

    def _pay_isolated(self, holding: Holding, signed_size: int, px: int) -> None:
        """What closes sets its share of the margin free; what opens is given its initial margin."""
        before = holding.size
        closing = 0
        if before * signed_size < 0:
            closing = -before if abs(signed_size) >= abs(before) else signed_size
            freed = divided(holding.raw_usd * abs(closing), abs(before))
            self.raw_usd += freed - closing * px
            holding.raw_usd -= freed
        opening = signed_size - closing
        if opening:
            self.isolate(holding, abs(opening) * px // holding.leverage)
            holding.raw_usd -= opening * px


class Account:
    """Somebody at the venue. `is_participant`: a part of the synthetic markets, with endless
    credit and no records of its own."""

    __slots__ = (
        "address",
        "fills",
        "is_participant",
        "margins",
        "oid_by_cloid",
        "open_orders",
        "orders",
        "paid_in_usd",
        "perps",
        "spot",
        "volume_usd",
    )

    def __init__(self, address: Address, *, fills_kept: int, is_participant: bool = False) -> None:
        self.address = address
        self.is_participant = is_participant
        self.perps = MarginAccount("")
        """On the first dex."""
        self.margins = {"": self.perps}
        """On each dex that the account has to do with."""
        self.paid_in_usd = 0
        self.volume_usd = 0
        """Traded, ever."""
        self.spot = SpotBalances()
        self.open_orders: dict[Oid, VenueOrder] = {}
        self.orders: dict[Oid, VenueOrder] = {}
        """Also finished ones, oldest first."""
        self.oid_by_cloid: dict[Cloid, Oid] = {}
        """The newest owner of each cloid."""
        self.fills: deque[FillRow] = deque(maxlen=fills_kept)

    def __repr__(self) -> str:
        return f"Account({self.address})"

    @property
    def cash_usd(self) -> int:
        """Of all dexes together, with what isolated positions have of it."""
        shared = sum(margin.raw_usd for margin in self.margins.values())
        return shared + sum(holding.raw_usd for holding in self.each_holding())

    @property
    def is_unified(self) -> bool:
        """Whether its USDC is one balance, for spot and the perps of all dexes."""
        return self.perps.sharing is not None

    def pay_in(self, usd: int, dex: str = "") -> None:
        """Pay money in on a dex."""
        self.margin(dex).raw_usd += usd
        self.paid_in_usd += usd

    def margin(self, dex: str) -> MarginAccount:
        """The account's side of a dex, made at first use."""
        margin = self.margins.get(dex)
        if margin is None:
            margin = self.margins[dex] = MarginAccount(dex)
            margin.sharing = self.perps.sharing
        return margin

    def holding(self, listing: Listing) -> Holding:
        """The account's side of a coin, made at first use."""
        return self.margin(listing.dex).holding(listing)

    def each_holding(self) -> Iterator[Holding]:
        """Of every dex."""
        for margin in self.margins.values():
            yield from margin.holdings.values()

    def holding_of(self, coin: str) -> Holding | None:
        """The account's side of a coin, if it ever had one."""
        margin = self.margins.get(dex_of(coin))
        return margin.holdings.get(coin) if margin else None

    def size_of(self, coin: str) -> int:
        """The signed position, without making a holding."""
        holding = self.holding_of(coin)
        return holding.size if holding else 0

    def remember(self, order: VenueOrder) -> None:
        """Keep an order for later questions."""
        self.orders[order.oid] = order
        if order.cloid is not None:
            self.oid_by_cloid[order.cloid] = order.oid
        if len(self.orders) > ORDERS_KEPT:
            self._forget_oldest()

    def order_named(self, name: int | str) -> VenueOrder | None:
        """The order with that oid, or the newest one with that cloid."""
        oid = self.oid_by_cloid.get(Cloid(name)) if isinstance(name, str) else Oid(name)
        return None if oid is None else self.orders.get(oid)

    def _forget_oldest(self) -> None:
        oid = next((oid for oid, order in self.orders.items() if not order.is_live), None)
        if oid is None:
            return
        order = self.orders.pop(oid)
        if order.cloid is not None and self.oid_by_cloid.get(order.cloid) == oid:
            del self.oid_by_cloid[order.cloid]


def direction(start: int, signed_size: int) -> str:
    """The venue's word for what a fill did to a position."""
    after = start + signed_size
    if start * signed_size >= 0:
        return "Open Long" if signed_size > 0 else "Open Short"
    if start * after < 0:
        return "Long > Short" if start > 0 else "Short > Long"
    return "Close Long" if start > 0 else "Close Short"
