"""The exchange proper: orders in; trades, resting orders and refusals out.

It owns the books. Signatures, nonces and limits are checked before anything comes here; what an
order meets at run time is checked here, because it depends on what the same block did before.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hive.localvenue.accounts.account import Account
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.identity import Identities
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.books import Book
from hive.localvenue.orders.matching import match
from hive.localvenue.orders.triggers import TriggerRoom, ended_by, released_by
from hive.localvenue.orders.venue_order import OrderFamily, Status, Ticket, VenueOrder, Waiting
from hive.localvenue.validation import order_rules, spot_rules, trigger_rules


class Placed(msgspec.Struct, frozen=True):
    """An order that was taken, and what of it filled at once."""

    order: VenueOrder
    filled_usd: int
    """What filled at once was worth, fees apart; `order.filled_size` is how much it was."""


class Set(msgspec.Struct, frozen=True):
    """A trigger order that was taken, and waits."""

    order: VenueOrder


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
        self._room = TriggerRoom()

    def place(self, account: Account, ticket: Ticket) -> Placed | Set | Refused:
        """Trade and rest an order, or let it wait; or refuse it for what it meets."""
        order = self._new_order(account, ticket)
        placed = self._begin(order, account)
        self._follow()
        return placed

    def place_family(
        self, account: Account, parent: Ticket | None, children: list[Ticket]
    ) -> list[Placed | Set | Refused]:
        """Place a group: a parent whose children wait for its fill, or children of a position.

        If the parent is refused, so are its children.
        """
        first = None if parent is None else self._new_order(account, parent)
        orders = [self._new_order(account, ticket) for ticket in children]
        OrderFamily(first, orders)
        if first is None:
            found = [self._begin(order, account) for order in orders]
            self._follow()
            return found
        for order in orders:
            order.waiting = Waiting.FOR_PARENT
        placed = self._begin(first, account)
        if isinstance(placed, Refused):
            self._follow()
            return [placed, *[Refused(order, placed.text) for order in orders]]
        held = [self._hold(order, account) for order in orders]
        self._follow()
        return [placed, *held]

    def _begin(self, order: VenueOrder, account: Account) -> Placed | Set | Refused:
        book = self._books[order.listing.coin]
        if not account.is_participant:
            objection = self._objection(order, account, book)
            if objection is not None:
                return self._refuse(order, objection)
        if order.trigger is None:
            return self._carry_out(order, book)
        self._wait(order)
        return Set(order)

    def replace(
        self, old: VenueOrder, account: Account, ticket: Ticket, *, is_held: bool
    ) -> Placed | Set | Refused:
        """Place what a modify has put in the place of an order that was withdrawn.

        It takes the other's part in its family; if it is refused, the family has lost a member.
        `is_held`: the old one waited for its parent, and so does the new one if it is a trigger.
        """
        family, order = old.family, self._new_order(account, ticket)
        if family is not None:
            family.replace(old, order)
        if is_held and order.trigger is not None:
            order.waiting = Waiting.FOR_PARENT
            placed: Placed | Set | Refused = self._hold(order, account)
        else:
            placed = self._begin(order, account)
        self._follow()
        return placed

    def place_forced(self, account: Account, ticket: Ticket) -> Placed | Refused:
        """Trade an order of the venue's own, whatever the account could afford."""
        book = self._books[ticket.listing.coin]
        placed = self._carry_out(self._new_order(account, ticket), book)
        self._follow()
        return placed

    def cancel(self, order: VenueOrder, status: Status = Status.CANCELED) -> None:
        """End an open or waiting order and tell of it."""
        self.withdraw(order)
        self._house.note(order, status)
        self._follow()

    def withdraw(self, order: VenueOrder) -> None:
        """Take an order out of where it is; whoever calls tells what became of it."""
        assert order.is_live
        match order.waiting:
            case Waiting.NOT:
                self._house.news.coins[order.listing.coin] = None
                self._books[order.listing.coin].remove(order)
                self._house.leave(order)
            case Waiting.FOR_TRIGGER:
                self._room.remove(order)
                self._house.stop_waiting(order)
            case Waiting.FOR_PARENT:
                order.waiting = Waiting.NOT
                self._house.stop_waiting(order)

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
        for order in self._room.waiting(coin):
            self._end(order, status)
        self._follow()

    def cancel_all(self, account: Account, status: Status) -> None:
        """Take everything of an account out of the books."""
        for order in list(account.open_orders.values()):
            if order.is_live:  # it may have gone with one of its family
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
            return order_rules.OVER_CAP
        if order.listing.pair is not None:
            return spot_rules.objection(order, account, book)
        bound = self._house.bounds.objection(order, account, self._house.now_ms)
        if bound is not None:
            return bound
        mark = self._mark_of(order.listing.coin)
        if order.trigger is not None:
            return trigger_rules.objection(order, account, mark)
        return order_rules.objection(order, account, book, mark, mark_of=self._mark_of)

    def _refuse(self, order: VenueOrder, objection: order_rules.Objection) -> Refused:
        """End an order before it has begun; the record stays."""
        self._house.note(order, objection.status)
        return Refused(order, objection.text + order.listing.suffix)

    def _carry_out(self, order: VenueOrder, book: Book) -> Placed | Refused:
        self._house.news.coins[book.listing.coin] = None
        filled_usd = 0
        if book.crosses(is_buy=order.is_buy, px=order.px):
            filled_usd = match(book, order, self._house)
        if order.open_size and order.tif.may_rest:
            book.add(order)
            self._house.enter(order)
            if order.status is not Status.TRIGGERED:  # which says that it is open, too
                self._house.note(order, Status.OPEN)
        elif order.open_size == 0:
            self._house.note(order, Status.FILLED)
        elif order.filled_size:
            self._house.note(order, Status.CANCELED)
        else:
            # What it could have met was the owner's own, which expired instead.
            return self._refuse(order, order_rules.unmatched(order))
        self.drop_overcommitted(besides=order)
        return Placed(order, filled_usd)

    # --- triggers and families ---

    def fire_triggers(self) -> None:
        """Let every order trade whose trigger the present mark has reached."""
        for coin in self._room.coins:
            for order in self._room.reached(coin, self._mark_of(coin)):
                if order.waiting is Waiting.FOR_TRIGGER:  # a sibling may just have ended it
                    self._identities.begin_action()
                    self._fire(order)
                    self._follow()

    def _fire(self, order: VenueOrder) -> None:
        """What was a trigger order is from now on an order like others, under its old oid."""
        account = self._house.accounts[order.owner]
        trigger, book = order.trigger, self._books[order.listing.coin]
        assert trigger is not None
        self._room.remove(order)
        self._house.stop_waiting(order)
        if order.size == 0:
            order.take_size(trigger_rules.closing_size(order, account))
        if trigger.is_market:
            order.px = trigger_rules.slipped_px(trigger, order.listing, is_buy=order.is_buy)
        self._house.note(order, Status.TRIGGERED)
        objection = order_rules.objection(
            order, account, book, self._mark_of(order.listing.coin), mark_of=self._mark_of
        )
        if objection is None:
            self._carry_out(order, book)
        else:
            self._house.note(order, objection.status)

    def _wait(self, order: VenueOrder) -> None:
        """Let an order wait for its trigger. A child has been open since its parent was."""
        is_told = order.oid in self._house.accounts[order.owner].open_orders
        self._room.add(order)
        self._house.wait(order)
        if not is_told:
            self._house.note(order, Status.OPEN)

    def _hold(self, child: VenueOrder, account: Account) -> Set | Refused:
        """Let a child wait for its parent: it is open, and closes nothing yet."""
        if child.waiting is not Waiting.FOR_PARENT:
            return Set(child)  # its parent filled at once, and has released it
        if len(account.open_orders) >= self._open_orders_max(account, child):
            child.waiting = Waiting.NOT
            return self._refuse(child, order_rules.OVER_CAP)
        self._house.hold(child)
        self._house.note(child, Status.OPEN)
        return Set(child)

    def _follow(self) -> None:
        """Do with families what the ends of their members ask for."""
        while self._house.family_news:
            for order in self._house.family_news.take():
                for child in released_by(order):
                    self._release(child)
                for member, status in ended_by(order):
                    self._end(member, status)

    def _end(self, member: VenueOrder, status: Status) -> None:
        if member.is_live:  # it may have ended on its own account
            self.withdraw(member)
            self._house.note(member, status)

    def _release(self, child: VenueOrder) -> None:
        """A child's parent is filled: it waits for its trigger, unless that has come already."""
        child.waiting = Waiting.NOT
        account = self._house.accounts[child.owner]
        if trigger_rules.closing_size(child, account) <= 0:
            self._house.stop_waiting(child)
            self._house.note(child, Status.REDUCE_ONLY_CANCELED)
        else:
            self._wait(child)
