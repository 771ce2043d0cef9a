"""Signed actions carried out: who may, whether it still may, and what the venue answers.

The order of checks is the venue's (protocol.md 2.8): known signer, nonce, expiry, budget; then the
static faults of the whole batch; then order by order. From the nonce on, everything uses it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hive.domain.identifiers import Address
from hive.hyperliquid.actions import (
    Action,
    BatchModifyAction,
    CancelAction,
    CancelByCloidAction,
    ModifyAction,
    ModifyWire,
    NoopAction,
    OrderAction,
    OrderWire,
    TopUpIsolatedOnlyMarginAction,
    UpdateIsolatedMarginAction,
    UpdateLeverageAction,
    request_count,
)
from hive.hyperliquid.limits import VenueLimits
from hive.localvenue import order_rules
from hive.localvenue.account_office import AccountOffice
from hive.localvenue.accounts import Account
from hive.localvenue.address_budget import AddressBudget
from hive.localvenue.authority import Objection
from hive.localvenue.blocks import Submission
from hive.localvenue.catalog import Catalog
from hive.localvenue.clearing import ClearingHouse
from hive.localvenue.exchange import Exchange, Placed, Refused
from hive.localvenue.identity import Identities
from hive.localvenue.margin import MarkOf
from hive.localvenue.margin_actions import MarginActions
from hive.localvenue.nonces import SignerNonces
from hive.localvenue.order_rules import StaticFault
from hive.localvenue.orders import Status, Ticket, VenueOrder

Json = dict[str, Any]

DEFAULT: Final[Json] = {"status": "ok", "response": {"type": "default"}}
ALREADY_EXPIRED: Final = "Action already expired"


class Executor:
    """What happens to an action when its block comes."""

    def __init__(
        self,
        catalog: Catalog,
        house: ClearingHouse,
        exchange: Exchange,
        office: AccountOffice,
        identities: Identities,
        *,
        nonces: SignerNonces,
        limits: VenueLimits,
        mark_of: MarkOf,
        is_open_told_first: bool,
    ) -> None:
        self._catalog = catalog
        self._house = house
        self._exchange = exchange
        self._office = office
        self._nonces = nonces
        self._identities = identities
        self._limits = limits
        self._mark_of = mark_of
        self._margin = MarginActions(catalog, mark_of)
        self._is_open_told_first = is_open_told_first
        self._budgets: dict[Address, AddressBudget] = {}
        self.accepted = 0
        """Actions that passed signer, nonce, expiry and budget."""
        self.counts: dict[str, int] = {}
        """Orders, cancels and modifies that were asked for, and other actions."""
        self.refusals: dict[str, int] = {}
        """What was refused, by kind of reason."""

    def budget(self, address: Address) -> AddressBudget:
        return self._budgets.setdefault(address, AddressBudget(self._limits))

    def budgets(self) -> dict[str, int]:
        """Requests used, by address."""
        return {address: budget.used for address, budget in self._budgets.items()}

    def execute(self, submission: Submission) -> Json:
        """Carry an action out; the JSON of its answer."""
        account = self._office.authority.account_for(submission)
        if isinstance(account, Objection):
            return self._failure(account.reason, account.text)
        now_ms = self._house.now_ms
        refusal = self._nonces.admit(submission.signer, submission.nonce, now_ms)
        if refusal is not None:
            return self._failure("nonce", refusal)
        budget = self.budget(account.address)
        if submission.expires_after is not None and submission.expires_after < now_ms:
            budget.used += self._limits.stale_expiry_charge
            return self._failure("expired", ALREADY_EXPIRED)
        action = submission.action
        is_cancel = isinstance(action, CancelAction | CancelByCloidAction)
        requests = request_count(action)
        refusal = budget.charge(requests, account.volume_usd, now_ms, is_cancel=is_cancel)
        if refusal is not None:
            return self._failure("address budget", refusal)
        self.accepted += 1
        self._identities.begin_action()
        return self._carry_out(account, action)

    def _carry_out(self, account: Account, action: Action) -> Json:
        match action:
            case OrderAction(orders=orders):
                return self._place_all(account, orders)
            case CancelAction(cancels=cancels):
                return self._cancel_all(account, [(cancel.a, cancel.o) for cancel in cancels])
            case CancelByCloidAction(cancels=by_cloid):
                return self._cancel_all(account, [(each.asset, each.cloid) for each in by_cloid])
            case ModifyAction(oid=oid, order=order):
                return self._modify_one(account, ModifyWire(oid, order))
            case BatchModifyAction(modifies=modifies):
                return self._modify_all(account, modifies)
            case _:
                self._count("other actions")
                return self._set_up(account, action)

    def _set_up(self, account: Account, action: Action) -> Json:
        """Actions that change how an account trades, and not what."""
        match action:
            case UpdateLeverageAction():
                refusal = self._margin.update_leverage(account, action)
            case UpdateIsolatedMarginAction():
                refusal = self._margin.update_isolated_margin(account, action)
            case TopUpIsolatedOnlyMarginAction():
                refusal = self._margin.top_up(account, action)
            case NoopAction():
                refusal = None
            case _:
                return self._do(account, action)
        if refusal is not None:
            return self._failure(type(action).__name__, refusal)
        self._house.news.users[account.address] = None
        return DEFAULT

    def _do(self, account: Account, action: Action) -> Json:
        """Actions about accounts and money."""
        done = self._office.deeds[type(action)](account, action)
        if isinstance(done, str):
            return self._failure(type(action).__name__, done)
        self._house.news.users[account.address] = None
        return DEFAULT if done is None else {"status": "ok", "response": done}

    # --- orders ---

    def _place_all(self, account: Account, wires: tuple[OrderWire, ...]) -> Json:
        tickets = self._tickets(wires)
        if isinstance(tickets, StaticFault):
            return self._static_failure(tickets, "order")
        self._count("orders", len(tickets))
        return _statuses("order", [self._place(account, ticket) for ticket in tickets])

    def _tickets(self, wires: tuple[OrderWire, ...]) -> list[Ticket] | StaticFault:
        """All orders of a batch, or the first static fault, which fails all of them."""
        if not wires:
            return StaticFault(order_rules.EMPTY_BATCH)
        tickets: list[Ticket] = []
        for wire in wires:
            ticket = order_rules.ticket_of(wire, self._catalog, self._mark_of)
            if isinstance(ticket, StaticFault):
                return ticket
            tickets.append(ticket)
        return tickets

    def _place(self, account: Account, ticket: Ticket) -> Json:
        result = self._exchange.place(account, ticket)
        if isinstance(result, Refused):
            self.count_refusal(result.order.status)
            return {"error": result.text}
        return _status_of(result)

    def _cancel_all(self, account: Account, named: Sequence[tuple[int, int | str]]) -> Json:
        if not named:
            return self._static_failure(StaticFault(order_rules.EMPTY_CANCELS), "cancel")
        self._count("cancels", len(named))
        statuses = [self._cancel(account, asset_id, name) for asset_id, name in named]
        return _statuses("cancel", statuses)

    def _cancel(self, account: Account, asset_id: int, name: int | str) -> str | Json:
        order = _live_order(account, name)
        if order is None or order.listing.asset_id != asset_id:
            self.count_refusal("cancel of no open order")
            return {"error": f"{order_rules.NEVER_PLACED} asset={asset_id}"}
        self._exchange.cancel(order)
        return "success"

    # --- modifies ---

    def _modify_one(self, account: Account, wire: ModifyWire) -> Json:
        tickets = self._tickets((wire.order,))
        if isinstance(tickets, StaticFault):
            return self._failure("static fault", tickets.text)
        self._count("modifies")
        status = self._modify(account, wire, tickets[0])
        return _failed(status["error"]) if "error" in status else DEFAULT

    def _modify_all(self, account: Account, wires: tuple[ModifyWire, ...]) -> Json:
        tickets = self._tickets(tuple(wire.order for wire in wires))
        if isinstance(tickets, StaticFault):
            return self._static_failure(tickets, "order")
        self._count("modifies", len(tickets))
        pairs = zip(wires, tickets, strict=True)
        return _statuses("order", [self._modify(account, wire, ticket) for wire, ticket in pairs])

    def _modify(self, account: Account, wire: ModifyWire, ticket: Ticket) -> Json:
        """Take an order away and place another, which has a new oid (protocol.md 2.7, 5.1).

        The old order is gone even if the new one is refused. In which order the two are told of is
        the venue's choice: the new one first, or the old one's end.
        """
        old = _live_order(account, wire.oid)
        if old is None or old.listing is not ticket.listing:
            self.count_refusal("modify of no open order")
            return {"error": order_rules.NO_MODIFY + ticket.listing.suffix}
        self._exchange.withdraw(old)
        if not self._is_open_told_first:
            self._house.note(old, Status.CANCELED)
        result = self._exchange.place(account, ticket)
        if self._is_open_told_first:
            self._house.note(old, Status.CANCELED)
        if isinstance(result, Refused):
            self.count_refusal(result.order.status)
            return {"error": order_rules.MODIFY_FAILED + result.text}
        return _status_of(result)

    # --- answers and counting ---

    def _static_failure(self, fault: StaticFault, kind: str) -> Json:
        if not fault.is_status:
            return self._failure("static fault", fault.text)
        self.count_refusal("static fault")
        return _statuses(kind, [{"error": fault.text}])

    def _failure(self, reason: str, text: str) -> Json:
        self.count_refusal(reason)
        return _failed(text)

    def _count(self, what: str, number: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + number

    def count_refusal(self, reason: str) -> None:
        """Count something refused, here or on the way here."""
        self.refusals[reason] = self.refusals.get(reason, 0) + 1


def _failed(text: str) -> Json:
    return {"status": "err", "response": text}


def _statuses(kind: str, statuses: list[Any]) -> Json:
    return {"status": "ok", "response": {"type": kind, "data": {"statuses": statuses}}}


def _status_of(placed: Placed) -> Json:
    """How an order stands after its first moment. One that partly filled and rests is `filled`."""
    order = placed.order
    named: Json = {"oid": order.oid}
    if order.cloid is not None:
        named["cloid"] = order.cloid
    if not order.filled_size:
        return {"resting": named}
    listing = order.listing
    # Cut, not rounded, to the decimals of a price.
    average = listing.px_text(placed.filled_usd // order.filled_size)
    return {"filled": {"totalSz": listing.size_text(order.filled_size), "avgPx": average, **named}}


def _live_order(account: Account, name: int | str) -> VenueOrder | None:
    """An open order by oid or cloid."""
    order = account.order_named(name)
    return order if order is not None and order.is_live else None
