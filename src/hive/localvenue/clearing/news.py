"""What happened within a block, kept until it is committed and told to whoever listens."""

from __future__ import annotations

from typing import Any

import msgspec

from hive.domain.identifiers import Address
from hive.localvenue.accounts.account import FillRow
from hive.localvenue.listings.catalog import Listing
from hive.localvenue.orders.venue_order import Status, VenueOrder


class OrderNote(msgspec.Struct, frozen=True, gc=False):
    """An order as it stood when it got that status."""

    order: VenueOrder
    status: Status
    open_size: int
    ms: int


class TradeRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A public trade; `is_buy` is the aggressor's side."""

    listing: Listing
    is_buy: bool
    px: int
    size: int
    ms: int
    hash: str
    tid: int
    buyer: Address
    seller: Address


class News:
    """The news of one block, each kind in the order it happened."""

    def __init__(self) -> None:
        self.orders_by_user: dict[Address, list[OrderNote]] = {}
        self.fills_by_user: dict[Address, list[FillRow]] = {}
        self.events_by_user: dict[Address, list[dict[str, Any]]] = {}
        """Other payloads of the user channel, in the venue's own shape."""
        self.trades_by_coin: dict[str, list[TradeRow]] = {}
        self.coins: dict[str, None] = {}
        """Whose book changed."""
        self.users: dict[Address, None] = {}
        """Whose account changed."""

    def order(self, order: VenueOrder, status: Status, open_size: int, ms: int) -> None:
        note = OrderNote(order, status, open_size, ms)
        self.orders_by_user.setdefault(order.owner, []).append(note)
        self.users[order.owner] = None

    def unsay(self, order: VenueOrder, status: Status) -> None:
        """Do not tell of that status, which stays true."""
        notes = self.orders_by_user.pop(order.owner, [])
        told = [each for each in notes if each.order is not order or each.status is not status]
        if told:
            self.orders_by_user[order.owner] = told

    def fill(self, user: Address, fill: FillRow) -> None:
        self.fills_by_user.setdefault(user, []).append(fill)
        self.users[user] = None

    def event(self, user: Address, payload: dict[str, Any]) -> None:
        self.events_by_user.setdefault(user, []).append(payload)
        self.users[user] = None

    def trade(self, trade: TradeRow) -> None:
        self.trades_by_coin.setdefault(trade.listing.coin, []).append(trade)
