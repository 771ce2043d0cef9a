"""The exchange proper: orders in; trades, resting orders and refusals out.

It owns the books. Signatures, nonces and limits are checked before anything comes here; what an
order meets at run time is checked here, because it depends on what the same block did before.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hive.localvenue import order_rules, spot_rules
from hive.localvenue.accounts import Account
from hive.localvenue.books import Book
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.identity import Identities
from hive.localvenue.margin import MarkOf
from hive.localvenue.matching import match
from hive.localvenue.orders import Status, Ticket, VenueOrder


class Placed(msgspec.Struct, frozen=True):
    """An order that was taken, and what of it filled at once."""

    order: VenueOrder
    filled_usd: int
    """What filled at once was worth, fees apart; `order.filled_size` is how much it was."""


class Refused(msgspec.Struct, frozen=True):
    """An order that was not; the record it leaves, and the venue's words."""

    order: VenueOrder
    text: str


class Exchange:
    """The books, and what goes in and out of them."""

    def __init__(
        self,
        books: dict[str, Book],
        house: ClearingHouse,
        identities: Identities,
        mark_of: MarkOf,
        *,
        open_orders_max: Callable[[Account, VenueOrder], int],
    ) -> None:
        self._books = books
        self._house = house
        self._identities = identities
        self._mark_of = mark_of
        self._open_orders_max = open_orders_max

    def place(self, account: Account, ticket: Ticket) -> Placed | Refused:
        """Trade and rest an order, or refuse it for what it meets."""
        book = self._books[ticket.listing.coin]
        order = self._new_order(account, ticket)
        if not account.is_participant:
            objection = self._objection(order, account, book)
            if objection is not None:
                self._house.note(order, objection.status)
                return Refused(order, objection.text + ticket.listing.suffix)
        return self._carry_out(order, book)

    def place_forced(self, account: Account, ticket: Ticket) -> Placed | Refused:
        """Trade an order of the venue's own, whatever the account could afford."""
        book = self._books[ticket.listing.coin]
        return self._carry_out(self._new_order(account, ticket), book)

    def cancel(self, order: VenueOrder, status: Status = Status.CANCELED) -> None:
        """Take a resting order out of the book and tell of it."""
        self.withdraw(order)
        self._house.note(order, status)

    def withdraw(self, order: VenueOrder) -> None:
        """Take a resting order out of the book; whoever calls tells what became of it."""
        assert order.is_live
        self._house.news.coins[order.listing.coin] = None
        self._books[order.listing.coin].remove(order)
        self._house.leave(order)

    def shrink(self, order: VenueOrder, size: int) -> None:
        """Make a resting order so much smaller where it stands, untold: for participants."""
        assert 0 < size < order.open_size
        self._house.news.coins[order.listing.coin] = None
        self._books[order.listing.coin].reduce(order, size)

    def expel_all(self, coin: str, status: Status) -> None:
        """Take everybody's orders in a coin out of the book, as the venue's own doing."""
        book = self._books[coin]
        self._house.news.coins[coin] = None
        for order in list(book.orders.values()):
            book.remove(order)
            self._house.expel(order, status)

    def cancel_all(self, account: Account, status: Status) -> None:
        """Take everything of an account out of the books."""
        for order in list(account.open_orders.values()):
            self.cancel(order, status)

    def drop_overcommitted(self, *, besides: VenueOrder | None = None) -> None:
        """Take reduce-only orders out of the books that would close more than there is."""
        for order in self._house.take_overcommitted():
            if order.is_live and order is not besides:
                self.cancel(order, Status.REDUCE_ONLY_CANCELED)

    def _new_order(self, account: Account, ticket: Ticket) -> VenueOrder:
        order = VenueOrder(self._identities.oid(), account.address, ticket, self._house.now_ms)
        if not account.is_participant:
            account.remember(order)
        return order

    def _objection(
        self, order: VenueOrder, account: Account, book: Book
    ) -> order_rules.Objection | None:
        if len(account.open_orders) >= self._open_orders_max(account, order):
            return order_rules.Objection(Status.TOO_MANY_REJECTED, order_rules.TOO_MANY_OPEN)
        if order.listing.pair is not None:
            return spot_rules.objection(order, account, book)
        bound = self._house.bounds.objection(order, account, self._house.now_ms)
        if bound is not None:
            return bound
        mark = self._mark_of(order.listing.coin)
        return order_rules.objection(order, account, book, mark, mark_of=self._mark_of)

    def _carry_out(self, order: VenueOrder, book: Book) -> Placed | Refused:
        self._house.news.coins[book.listing.coin] = None
        filled_usd = 0
        if book.crosses(is_buy=order.is_buy, px=order.px):
            filled_usd = match(book, order, self._house)
        if order.open_size and order.tif.may_rest:
            book.add(order)
            self._house.enter(order)
            self._house.note(order, Status.OPEN)
        elif order.open_size == 0:
            self._house.note(order, Status.FILLED)
        elif order.filled_size:
            self._house.note(order, Status.CANCELED)
        else:
            # What it could have met was the owner's own, which expired instead.
            self._house.note(order, Status.IOC_REJECTED)
            return Refused(order, order_rules.IOC_UNMATCHED + order.listing.suffix)
        self.drop_overcommitted(besides=order)
        return Placed(order, filled_usd)
