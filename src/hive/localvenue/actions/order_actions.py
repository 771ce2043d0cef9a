"""Orders, cancels and modifies: a batch is judged as a whole, then order by order.

Static faults fail the whole batch with one answer (`order_rules`); what an order meets in the book
fails that order alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from hive.hyperliquid.actions import (
    BatchModifyAction,
    BuilderWire,
    CancelAction,
    CancelByCloidAction,
    ModifyAction,
    ModifyWire,
    OrderAction,
    OrderWire,
    PriorityGrouping,
)
from hive.localvenue.accounts.account import Account
from hive.localvenue.actions.action_answers import (
    DEFAULT,
    ActionCounts,
    Json,
    child_status_of,
    failed,
    status_of,
    statuses,
)
from hive.localvenue.clearing.clearing_house import ClearingHouse
from hive.localvenue.clearing.exchange import Exchange, Placed, Refused, Set
from hive.localvenue.listings.catalog import Catalog
from hive.localvenue.margin.requirements import MarkOf
from hive.localvenue.orders.builder_fees import ApprovedTenths, share_of
from hive.localvenue.orders.venue_order import Status, Ticket, VenueOrder, Waiting
from hive.localvenue.validation import modify_rules, order_rules, priority_rates, trigger_rules
from hive.localvenue.validation.modify_rules import LosesOpen, ModifyRules
from hive.localvenue.validation.order_rules import StaticFault

OrderDeed = Callable[[Account, Any], Json]
"""Carries out an action of its own type for an account, and answers."""


class OrderActions:
    """What happens to actions about orders when their block comes."""

    def __init__(
        self,
        catalog: Catalog,
        house: ClearingHouse,
        exchange: Exchange,
        counts: ActionCounts,
        *,
        mark_of: MarkOf,
        approved_tenths: ApprovedTenths,
        modifies: ModifyRules,
        loses_open: LosesOpen,
        is_open_told_first: bool,
    ) -> None:
        self._catalog = catalog
        self._house = house
        self._exchange = exchange
        self._counts = counts
        self._mark_of = mark_of
        self._approved_tenths = approved_tenths
        self._modifies = modifies
        self._loses_open = loses_open
        self._is_open_told_first = is_open_told_first
        self.deeds: dict[type, OrderDeed] = {
            OrderAction: self._order,
            CancelAction: self._cancel_by_oid,
            CancelByCloidAction: self._cancel_by_cloid,
            ModifyAction: self._modify_one,
            BatchModifyAction: self._modify_all,
        }

    # --- placing and cancelling ---

    def _order(self, account: Account, action: OrderAction) -> Json:
        grouping = action.grouping
        tickets = self._tickets(action.orders, grouping)
        if isinstance(tickets, StaticFault):
            return self._counts.static_failure(tickets, "order")
        if action.builder is not None:
            owing = self._with_builder(tickets, action.builder, account)
            if isinstance(owing, str):
                return self._counts.failure("builder", owing)
            tickets = owing
        if isinstance(grouping, PriorityGrouping):
            tickets = [replace(ticket, priority_rate=grouping.p) for ticket in tickets]
        self._counts.ask("orders", len(tickets))
        if grouping not in ("normalTpsl", "positionTpsl"):
            return statuses("order", [self._place(account, ticket) for ticket in tickets])
        parents = 1 if grouping == "normalTpsl" else 0
        parent = tickets[0] if parents else None
        found = self._exchange.place_family(account, parent, tickets[parents:])
        answers = [
            self._answer(placed, is_child=number >= parents) for number, placed in enumerate(found)
        ]
        return statuses("order", answers)

    def _with_builder(
        self, tickets: list[Ticket], wire: BuilderWire, account: Account
    ) -> list[Ticket] | str:
        """The orders of a batch with what each owes the builder; or why none may."""
        owing: list[Ticket] = []
        for ticket in tickets:
            is_spot = ticket.listing.pair is not None
            share = share_of(wire, account.address, self._approved_tenths, is_spot=is_spot)
            if isinstance(share, str):
                return share
            owing.append(replace(ticket, builder=share))
        return owing

    def _cancel_by_oid(self, account: Account, action: CancelAction) -> Json:
        named = [(cancel.a, cancel.o) for cancel in action.cancels]
        return self._cancel_all(account, named, is_fast=action.f)

    def _cancel_by_cloid(self, account: Account, action: CancelByCloidAction) -> Json:
        named = [(each.asset, each.cloid) for each in action.cancels]
        return self._cancel_all(account, named, is_fast=action.f)

    def _tickets(
        self, wires: tuple[OrderWire, ...], grouping: object = "na"
    ) -> list[Ticket] | StaticFault:
        """All orders of a batch, or the first static fault, which fails all of them."""
        if not wires:
            return StaticFault(order_rules.EMPTY_BATCH)
        fault = trigger_rules.group_fault(wires, grouping) or priority_rates.fault(wires, grouping)
        if fault is not None:
            return fault
        tickets: list[Ticket] = []
        for wire in wires:
            ticket = trigger_rules.ticket_of(wire, self._catalog, self._mark_of, grouping)
            if isinstance(ticket, StaticFault):
                return ticket
            tickets.append(ticket)
        return tickets

    def _place(self, account: Account, ticket: Ticket) -> Json | str:
        return self._answer(self._exchange.place(account, ticket))

    def _answer(self, result: Placed | Set | Refused, *, is_child: bool = False) -> Json | str:
        if isinstance(result, Refused):
            self._counts.refuse(result.order.status)
            return {"error": result.text}
        return child_status_of(result) if is_child else status_of(result)

    def _cancel_all(
        self, account: Account, named: Sequence[tuple[int, int | str]], *, is_fast: bool
    ) -> Json:
        if not named:
            return self._counts.static_failure(StaticFault(order_rules.EMPTY_CANCELS), "cancel")
        self._counts.ask("cancels", len(named))
        found = [self._cancel(account, each, is_fast=is_fast) for each in named]
        return statuses("cancel", found)

    def _cancel(
        self, account: Account, named: tuple[int, int | str], *, is_fast: bool
    ) -> str | Json:
        asset_id, name = named
        order = _live_order(account, name)
        if order is None or order.listing.asset_id != asset_id:
            self._counts.refuse("cancel of no open order")
            return {"error": f"{order_rules.NEVER_PLACED} asset={asset_id}"}
        if is_fast and order.waiting is not Waiting.NOT:
            self._counts.refuse("fast cancel of a trigger")
            return {"error": order_rules.NOT_FAST + order.listing.suffix}
        self._exchange.cancel(order)
        return "success"

    # --- modifies ---

    def _modify_one(self, account: Account, action: ModifyAction) -> Json:
        wire = ModifyWire(action.oid, action.order)
        tickets = self._modify_tickets(account, (wire,), is_forced=action.a)
        if isinstance(tickets, StaticFault):
            return self._counts.failure("static fault", tickets.text)
        self._counts.ask("modifies")
        status = self._modify(account, wire, tickets[0], is_forced=action.a)
        if isinstance(status, dict) and "error" in status:
            return failed(status["error"])
        return DEFAULT

    def _modify_all(self, account: Account, action: BatchModifyAction) -> Json:
        tickets = self._modify_tickets(account, action.modifies, is_forced=action.a)
        if isinstance(tickets, StaticFault):
            return self._counts.static_failure(tickets, "order")
        self._counts.ask("modifies", len(tickets))
        pairs = zip(action.modifies, tickets, strict=True)
        found = [self._modify(account, *pair, is_forced=action.a) for pair in pairs]
        return statuses("order", found)

    def _modify_tickets(
        self, account: Account, wires: tuple[ModifyWire, ...], *, is_forced: bool
    ) -> list[Ticket] | StaticFault:
        """All new orders, or the first static fault, which fails all of them.

        What closes a whole position may go on leaving its size to it.
        """
        if not wires:
            return StaticFault(order_rules.EMPTY_BATCH)
        tickets: list[Ticket] = []
        for wire in wires:
            old = _live_order(account, wire.oid)
            is_of_position = old is not None and old.is_position_tpsl and wire.order.t.trigger
            grouping = "positionTpsl" if is_of_position else "na"
            fault = modify_rules.fault(wire.order, self._modifies, is_forced=is_forced)
            ticket = fault or trigger_rules.ticket_of(
                wire.order, self._catalog, self._mark_of, grouping
            )
            if isinstance(ticket, StaticFault):
                return ticket
            tickets.append(ticket)
        return tickets

    def _modify(
        self, account: Account, wire: ModifyWire, ticket: Ticket, *, is_forced: bool
    ) -> Json | str:
        """Take an order away and place another, which has a new oid (protocol.md 2.7, 5.1).

        The old order is gone even if the new one is refused. `is_forced`: if the old one is gone
        already, the new one is placed all the same.
        """
        old = _live_order(account, wire.oid)
        if old is not None and old.listing is ticket.listing:
            result = self._swap(account, old, ticket)
            prefix = order_rules.MODIFY_FAILED
        elif is_forced:
            result = self._exchange.place(account, ticket)
            prefix = ""
        else:
            self._counts.refuse("modify of no open order")
            return {"error": order_rules.NO_MODIFY + ticket.listing.suffix}
        if isinstance(result, Refused):
            self._counts.refuse(result.order.status)
            return {"error": prefix + result.text}
        is_resting = result.order.is_live
        if not self._modifies.is_open_told or (is_resting and self._loses_open()):
            self._house.news.unsay(result.order, Status.OPEN)
        return self._answer(result, is_child=result.order.waiting is Waiting.FOR_PARENT)

    def _swap(self, account: Account, old: VenueOrder, ticket: Ticket) -> Placed | Set | Refused:
        """One order for another. In which order the two are told of is the venue's choice: the new
        one first, or the old one's end."""
        is_held = old.waiting is Waiting.FOR_PARENT
        self._exchange.withdraw(old)
        if not self._is_open_told_first:
            self._house.note(old, Status.CANCELED)
        result = self._exchange.replace(old, account, ticket, is_held=is_held)
        if self._is_open_told_first:
            self._house.note(old, Status.CANCELED)
        return result


def _live_order(account: Account, name: int | str) -> VenueOrder | None:
    """An open order by oid or cloid."""
    order = account.order_named(name)
    return order if order is not None and order.is_live else None
