"""The venue's answers to actions, as JSON (protocol.md 2.9), and what of them is counted."""

from __future__ import annotations

from typing import Any, Final

from hive.localvenue.clearing.exchange import Placed, Set
from hive.localvenue.orders.venue_order import VenueOrder, Waiting
from hive.localvenue.validation.order_rules import StaticFault

Json = dict[str, Any]

DEFAULT: Final[Json] = {"status": "ok", "response": {"type": "default"}}


class ActionCounts:
    """What was asked for, and what was refused."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}
        """Orders, cancels and modifies, and other actions."""
        self.refusals: dict[str, int] = {}
        """By kind of reason."""

    def ask(self, what: str, number: int = 1) -> None:
        self.asked[what] = self.asked.get(what, 0) + number

    def refuse(self, reason: str) -> None:
        """Count something refused, in its block or on the way there."""
        self.refusals[reason] = self.refusals.get(reason, 0) + 1

    def failure(self, reason: str, text: str) -> Json:
        """The answer to an action that failed as a whole, counted."""
        self.refuse(reason)
        return failed(text)

    def static_failure(self, fault: StaticFault, kind: str) -> Json:
        """One answer for a batch that is refused for one of its parts."""
        if not fault.is_status:
            return self.failure("static fault", fault.text)
        self.refuse("static fault")
        return statuses(kind, [{"error": fault.text}])


def failed(text: str) -> Json:
    return {"status": "err", "response": text}


def done(response: Json) -> Json:
    return {"status": "ok", "response": response}


def statuses(kind: str, found: list[Any]) -> Json:
    return done({"type": kind, "data": {"statuses": found}})


def child_status_of(placed: Placed | Set) -> str:
    """What an order of a group awaits, its parent or its trigger."""
    is_early = placed.order.waiting is Waiting.FOR_PARENT
    return "waitingForFill" if is_early else "waitingForTrigger"


def _named(order: VenueOrder) -> Json:
    named: Json = {"oid": order.oid}
    return named if order.cloid is None else {**named, "cloid": order.cloid}


def status_of(placed: Placed | Set) -> Json:
    """How an order stands after its first moment. One that partly filled and rests is `filled`."""
    order = placed.order
    named = _named(order)
    if isinstance(placed, Set) or not order.filled_size:
        return {"resting": named}
    listing = order.listing
    # Cut, not rounded, to the decimals of a price.
    average = listing.px_text(placed.filled_usd // order.filled_size)
    return {"filled": {"totalSz": listing.size_text(order.filled_size), "avgPx": average, **named}}
