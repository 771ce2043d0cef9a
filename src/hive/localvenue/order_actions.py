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
from hive.localvenue import order_rules, priority_rates, trigger_rules
from hive.localvenue.accounts import Account
from hive.localvenue.action_answers import (
    DEFAULT,
    ActionCounts,
    Json,
    child_status_of,
    failed,
    status_of,
    statuses,
)
from hive.localvenue.builder_fees import ApprovedTenths, share_of
from hive.localvenue.catalog import Catalog
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.exchange import Exchange, Placed, Refused, Set
from hive.localvenue.margin import MarkOf
from hive.localvenue.order_rules import StaticFault
from hive.localvenue.orders import Status, Ticket, VenueOrder

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
        is_open_told_first: bool,
    ) -> None:
        self._catalog = catalog
        self._house = house
        self._exchange = exchange
        self._counts = counts
        self._mark_of = mark_of
        self._approved_tenths = approved_tenths
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
        return self._cancel_all(account, [(cancel.a, cancel.o) for cancel in action.cancels])

    def _cancel_by_cloid(self, account: Account, action: CancelByCloidAction) -> Json:
        return self._cancel_all(account, [(each.asset, each.cloid) for each in action.cancels])

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

    def _cancel_all(self, account: Account, named: Sequence[tuple[int, int | str]]) -> Json:
        if not named:
            return self._counts.static_failure(StaticFault(order_rules.EMPTY_CANCELS), "cancel")
        self._counts.ask("cancels", len(named))
        found = [self._cancel(account, asset_id, name) for asset_id, name in named]
        return statuses("cancel", found)

    def _cancel(self, account: Account, asset_id: int, name: int | str) -> str | Json:
        order = _live_order(account, name)
        if order is None or order.listing.asset_id != asset_id:
            self._counts.refuse("cancel of no open order")
            return {"error": f"{order_rules.NEVER_PLACED} asset={asset_id}"}
        self._exchange.cancel(order)
        return "success"

    # --- modifies ---

    def _modify_one(self, account: Account, action: ModifyAction) -> Json:
        tickets = self._tickets((action.order,))
        if isinstance(tickets, StaticFault):
            return self._counts.failure("static fault", tickets.text)
        self._counts.ask("modifies")
        wire = ModifyWire(action.oid, action.order)
        status = self._modify(account, wire, tickets[0])
        return failed(status["error"]) if "error" in status else DEFAULT

    def _modify_all(self, account: Account, action: BatchModifyAction) -> Json:
        tickets = self._tickets(tuple(wire.order for wire in action.modifies))
        if isinstance(tickets, StaticFault):
            return self._counts.static_failure(tickets, "order")
        self._counts.ask("modifies", len(tickets))
        pairs = zip(action.modifies, tickets, strict=True)
        return statuses("order", [self._modify(account, wire, ticket) for wire, ticket in pairs])

    def _modify(self, account: Account, wire: ModifyWire, ticket: Ticket) -> Json:
        """Take an order away and place another, which has a new oid (protocol.md 2.7, 5.1).

        The old order is gone even if the new one is refused. In which order the two are told of is
        the venue's choice: the new one first, or the old one's end.
        """
        old = _live_order(account, wire.oid)
        if old is None or old.listing is not ticket.listing:
            self._counts.refuse("modify of no open order")
            return {"error": order_rules.NO_MODIFY + ticket.listing.suffix}
        self._exchange.withdraw(old)
        if not self._is_open_told_first:
            self._house.note(old, Status.CANCELED)
        result = self._exchange.replace(old, account, ticket)
        if self._is_open_told_first:
            self._house.note(old, Status.CANCELED)
        if isinstance(result, Refused):
            self._counts.refuse(result.order.status)
            return {"error": order_rules.MODIFY_FAILED + result.text}
        return status_of(result)


def _live_order(account: Account, name: int | str) -> VenueOrder | None:
    """An open order by oid or cloid."""
    order = account.order_named(name)
    return order if order is not None and order.is_live else None
